import type { ReadableHeaders } from '../../codecs/http1/header-fields.ts'
import type { UpstreamError } from '../../chat/upstream-error.ts'
import type { Usage } from '../../chat/usage.ts'
import type { GatewayError } from '../../errors.ts'

/** A complete response for the client. */
export interface WholeResponse {
  readonly body: Uint8Array<ArrayBuffer> | string
  readonly usage: Usage | undefined
  /** `application/json` if undefined. */
  readonly contentType?: string
}

/**
 * Converts one upstream's stream to that of one client. The upstream's bytes go in as they arrive; the client's come
 * out as whole events.
 */
export interface StreamTranscoder {
  /** The content types that the upstream may send. */
  readonly contentType: RegExp
  /** The bytes for the client; undefined if there are none yet. Throws GatewayError for an error inside the stream. */
  push(chunk: Uint8Array): Uint8Array | string | undefined
  /** The last bytes for the client. Throws GatewayError `upstream_cut` if the stream is incomplete. */
  end(): Uint8Array | string | undefined
  /** After the connection broke: the last bytes for the client if the response is complete, otherwise undefined. */
  finishIfComplete(): Uint8Array | string | undefined
  /** Whether the first event with content has arrived. From then on, an error can only be sent as an event. */
  readonly hasBegun: boolean
  /** An error after the bytes that `push` returned last; the caller throws it instead of reading on. */
  readonly failure: GatewayError | undefined
  readonly usage: Usage | undefined
  /** The last bytes of a broken stream; undefined if the format has no error event and the connection must be reset. */
  fail(error: GatewayError): Uint8Array | string | undefined
}

/** A stream that continues another one; only if both sides use OpenAI's format. */
export interface Resumption {
  readonly before: StreamTranscoder
  /** Rewrites whole events of the upstream to continue the stream that the client is reading. */
  readonly rewrite: (events: Uint8Array) => Uint8Array
}

/** Converts the response of one attempt from the upstream's format to the client's. */
export interface Transcoder {
  /** Throws GatewayError `upstream_malformed`, or the error that the response contains. */
  whole(bytes: Uint8Array<ArrayBuffer>): WholeResponse
  stream(resumption?: Resumption): StreamTranscoder
  /** Reads the body of an error response; undefined if it is not readable. */
  readError(text: string, headers?: ReadableHeaders): UpstreamError | undefined
  /** Whether the upstream's error bodies have the client's format. */
  readonly forwardsErrors: boolean
  /** Whether errors keep the upstream's status, even if it blames the server for a fault of the request. */
  readonly keepsStatus?: true
  /** The headers of the upstream that the client gets, in the client's format. */
  responseHeaders(upstream: ReadableHeaders): Record<string, string>
  /** The content type of the client's stream. */
  readonly streamType: string
}

/** With the charset, though event streams are always UTF-8: some clients read text without a charset as Latin-1. */
export const EVENT_STREAM = 'text/event-stream; charset=utf-8'

export const EVENT_STREAMS = /^text\/event-stream *(?:;|$)/i
