import type { ReadableHeaders } from '../../codecs/http1/header-fields.ts'

/** The body of an upstream's response. It is read once, by one reader. */
export interface UpstreamBody {
  /**
   * The next bytes; undefined at the end. A promise only if none have arrived. Rejects if the connection breaks, or with
   * the reason of the abort.
   */
  read(): Uint8Array | undefined | Promise<Uint8Array | undefined>
  /** All bytes. Throws `tooLarge()` if there are more than `maxBytes`. */
  readAll(maxBytes: number, tooLarge: () => Error): Promise<Uint8Array<ArrayBuffer>>
  /** Stops reading. A connection whose response is incomplete is closed. */
  cancel(): void
}

/** Status and headers of a response, and its body as it arrives. */
export interface UpstreamResponse {
  readonly status: number
  readonly headers: ReadableHeaders
  readonly body: UpstreamBody
}
