import type { UpstreamError } from '../../chat/upstream-error.ts'
import type { Usage } from '../../chat/usage.ts'
import type { GatewayError } from '../../errors.ts'

/** A whole answer on its way to the client. */
export interface WholeAnswer {
  readonly body: Uint8Array<ArrayBuffer> | string
  readonly usage: Usage | undefined
  /** Undefined: JSON. */
  readonly contentType?: string
}

/**
 * Carries one upstream's stream to one client: its bytes go in as the network cut them, the client's come out, whole
 * events at a time.
 */
export interface StreamTranscoder {
  /** What the upstream's body has to call itself. */
  readonly contentType: RegExp
  /** The bytes for the client; undefined when nothing is to be said yet. Throws GatewayError for an error that the stream tells. */
  push(chunk: Uint8Array): Uint8Array | string | undefined
  /** The last bytes for the client. Throws GatewayError `upstream_cut` when the end is missing. */
  end(): Uint8Array | string | undefined
  /** The connection broke: the last bytes for the client if nothing was owed any more, else undefined. */
  finishIfComplete(): Uint8Array | string | undefined
  /** The answer proper has begun: from here on an error can only be an event. */
  readonly hasBegun: boolean
  /** What broke after the bytes that `push` returned last; to be thrown instead of reading on. */
  readonly failure: GatewayError | undefined
  readonly usage: Usage | undefined
  /** The stream's last bytes when it broke; undefined where nothing can be said and the connection has to break too. */
  fail(error: GatewayError): string | undefined
}

/** A stream that goes on with what another began; only where both sides speak OpenAI's language. */
export interface Resumption {
  readonly before: StreamTranscoder
  /** Makes whole events of the upstream those of the stream that the client is reading. */
  readonly rewrite: (events: Uint8Array) => Uint8Array
}

/** How the answer to one attempt passes from the upstream's language into the client's. */
export interface Transcoder {
  /** Throws GatewayError `upstream_malformed`, or the error that the answer is. */
  whole(bytes: Uint8Array<ArrayBuffer>): WholeAnswer
  stream(resumption?: Resumption): StreamTranscoder
  /** Reads the body of an error answer; undefined when it says nothing readable. */
  readError(text: string, headers?: Headers): UpstreamError | undefined
  /** The upstream's error bodies are in the client's own language. */
  readonly forwardsErrors: boolean
  /** What of the upstream's headers is told to the client, in the client's words. */
  responseHeaders(upstream: Headers): Record<string, string>
  /** What the client's stream is called. */
  readonly streamType: string
}

/** With its charset, though streams have no other: some clients take text without one for Latin-1. */
export const EVENT_STREAM = 'text/event-stream; charset=utf-8'

export const EVENT_STREAMS = /^text\/event-stream *(?:;|$)/i
