import type { ReadableHeaders } from '../codecs/http1/header-fields.ts'
import type { UpstreamBody, UpstreamResponse } from './http1/response.ts'

/** A response whose body is a stream of the runtime. */
export class FetchedResponse implements UpstreamResponse, UpstreamBody {
  readonly status: number
  readonly headers: ReadableHeaders
  readonly #stream: ReadableStream<Uint8Array> | null
  #reader: ReadableStreamDefaultReader<Uint8Array> | undefined

  constructor(status: number, headers: ReadableHeaders, stream: ReadableStream<Uint8Array> | null) {
    this.status = status
    this.headers = headers
    this.#stream = stream
  }

  get body(): UpstreamBody {
    return this
  }

  async read(): Promise<Uint8Array | undefined> {
    const part = await this.#read()?.read()
    return part?.done === false ? part.value : undefined
  }

  async readAll(maxBytes: number, tooLarge: () => Error): Promise<Uint8Array<ArrayBuffer>> {
    const parts: Uint8Array[] = []
    let bytes = 0
    for (let part = await this.read(); part; part = await this.read()) {
      bytes += part.length
      if (bytes > maxBytes) {
        this.cancel()
        throw tooLarge()
      }
      parts.push(part)
    }
    return Buffer.concat(parts, bytes)
  }

  cancel(): void {
    // It may be broken already. Unhandled, this rejection would end the process.
    void this.#read()
      ?.cancel()
      .catch(() => {})
  }

  #read(): ReadableStreamDefaultReader<Uint8Array> | undefined {
    return (this.#reader ??= this.#stream?.getReader() as ReadableStreamDefaultReader<Uint8Array> | undefined)
  }
}
