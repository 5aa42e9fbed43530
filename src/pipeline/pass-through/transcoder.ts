import type { UpstreamError } from '../../chat/upstream-error.ts'
import { chatFormat } from '../../formats/chat-formats.ts'
import { decodeError } from '../../formats/openai-shared/decode-error.ts'
import type { Api } from '../../formats/apis/api.ts'
import type { Usage } from '../../chat/usage.ts'
import type { StreamTranscoder, Transcoder } from '../transcode/transcoder.ts'
import { clientHeaders, typeOf } from './headers.ts'
import { type UsageReader, usageReader } from './usage-reader.ts'

/** Forwards a response unchanged. For known formats, the usage is read meanwhile. */
export const passThroughTranscoder = (api: Api | undefined): Transcoder => ({
  whole: (body) => ({ body, usage: undefined }),
  stream: () => new PassThroughStream(undefined),
  readError: (text) => readErrorIn(text, api),
  forwardsErrors: true,
  responseHeaders: (upstream) => ({ ...clientHeaders(upstream), 'content-type': typeOf(upstream) }),
  streamType: 'application/octet-stream',
})

/** The same once the response's headers have arrived. */
export const withUsageReader = (transcoder: Transcoder, api: Api | undefined, upstream: Headers): Transcoder => ({
  ...transcoder,
  stream: () => new PassThroughStream(api && usageReader(api, typeOf(upstream))),
})

/** The error of a response. Its bytes are forwarded unchanged in any case. */
function readErrorIn(text: string, api: Api | undefined): UpstreamError {
  const read = (api && chatFormat(api.format)?.decodeError(text)) ?? decodeError(text)
  return { message: 'The upstream rejected the request.', ...read, isEnvelope: true }
}

/** Bytes without an end marker: if the upstream's connection breaks, the client's is reset too. */
class PassThroughStream implements StreamTranscoder {
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
