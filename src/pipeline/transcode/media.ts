import { GatewayError } from '../../errors.ts'
import { decodeError } from '../../formats/openai-shared/decode-error.ts'
import type { Api } from '../../formats/apis/api.ts'
import { isForwardable } from '../call/forwardable-header.ts'
import { upstreamFacts } from './upstream-facts.ts'
import { MAX_RESPONSE_BYTES, tooLargeResponse } from './response-size.ts'
import { MediaEvents } from './media-events.ts'
import { openaiWhole } from './openai.ts'
import { type StreamTranscoder, EVENT_STREAM, type Transcoder } from './transcoder.ts'

/** Images and audio: JSON and events are forwarded unchanged; only their usage is read. */
export const mediaTranscoder = (api: Api): Transcoder => ({
  whole: openaiWhole,
  stream: () => new MediaEvents(),
  readError: decodeError,
  forwardsErrors: true,
  responseHeaders: (upstream) => upstreamFacts(upstream, api, api),
  streamType: EVENT_STREAM,
})

/** Subtitles and plain text. The body may be empty, as for silent audio. */
export const textTranscoder = (transcoder: Transcoder, type: string): Transcoder => ({
  ...transcoder,
  whole: (body) => ({ body, usage: undefined, contentType: safeType(type) }),
})

/** Audio and other bytes, as the upstream sends them. */
export const bytesTranscoder = (transcoder: Transcoder, type: string): Transcoder => ({
  ...transcoder,
  stream: () => new Bytes(),
  streamType: safeType(type),
})

/** Content types that a browser does not execute. */
const SAFE = /^(?:audio|video)\/[\w.+-]+|^image\/(?!svg)[\w.+-]+|^text\/(?:plain|vtt|srt)\b|^application\/x-subrip\b/i

const safeType = (type: string): string => (SAFE.test(type) && isForwardable(type) ? type : 'application/octet-stream')

/** Bytes without an end marker: if the upstream's connection breaks, the client's is reset too. */
class Bytes implements StreamTranscoder {
  readonly contentType = /^/
  readonly failure = undefined
  readonly usage = undefined
  #bytes = 0

  get hasBegun(): boolean {
    return this.#bytes > 0
  }

  push(chunk: Uint8Array): Uint8Array | undefined {
    this.#bytes += chunk.length
    if (this.#bytes > MAX_RESPONSE_BYTES) throw tooLargeResponse()
    return chunk.length === 0 ? undefined : chunk
  }

  end(): undefined {
    if (!this.hasBegun) throw new GatewayError('upstream_malformed', "The upstream's response is empty.")
  }

  finishIfComplete(): undefined {}

  fail(): undefined {}
}
