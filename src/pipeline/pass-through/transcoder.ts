import type { UpstreamError } from '../../chat/upstream-error.ts'
import { chatFormat } from '../../formats/chat-formats.ts'
import { decodeError } from '../../formats/openai-shared/decode-error.ts'
import type { Api } from '../../formats/apis/api.ts'
import type { Usage } from '../../chat/usage.ts'
import type { StreamTranscoder, Transcoder } from '../transcode/transcoder.ts'
import { clientHeaders, typeOf } from './headers.ts'
import { type UsageReader, usageReader } from './usage-reader.ts'

/** The way of an answer that nobody has to understand; of known languages the usage is read on the side. */
export const passThroughTranscoder = (api: Api | undefined): Transcoder => ({
  whole: (body) => ({ body, usage: undefined }),
  stream: () => new Passing(undefined),
  readError: (text) => complaintIn(text, api),
  forwardsErrors: true,
  responseHeaders: (upstream) => ({ ...clientHeaders(upstream), 'content-type': typeOf(upstream) }),
  streamType: 'application/octet-stream',
})

/** The same for an answer whose headers have come. */
export const withUsageReader = (transcoder: Transcoder, api: Api | undefined, upstream: Headers): Transcoder => ({
  ...transcoder,
  stream: () => new Passing(api && usageReader(api, typeOf(upstream))),
})

/** Whatever it is, it is what the provider says: its bytes go on as they came. */
function complaintIn(text: string, api: Api | undefined): UpstreamError {
  const read = (api && chatFormat(api.format)?.decodeError(text)) ?? decodeError(text)
  return { message: 'The upstream refused the request.', ...read, isEnvelope: true }
}

/** Bytes as they come. Where they end nobody knows, so a break is passed on as one. */
class Passing implements StreamTranscoder {
  readonly contentType = /^/
  readonly failure = undefined
  readonly hasBegun = true
  readonly #reader: UsageReader | undefined

  constructor(reader: UsageReader | undefined) {
    this.#reader = reader
  }

  get usage(): Usage | undefined {
    return this.#reader?.usage
  }

  push(chunk: Uint8Array): Uint8Array {
    this.#reader?.push(chunk)
    return chunk
  }

  end(): undefined {
    this.#reader?.end()
  }

  finishIfComplete(): undefined {}

  fail(): undefined {}
}
