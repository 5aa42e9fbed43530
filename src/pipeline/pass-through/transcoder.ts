import type { ReadableHeaders } from '../../codecs/http1/header-fields.ts'
import type { UpstreamError } from '../../chat/upstream-error.ts'
import { chatFormat } from '../../formats/chat-formats.ts'
import { decodeError } from '../../formats/openai-shared/decode-error.ts'
import type { Api } from '../../formats/apis/api.ts'
import type { Usage } from '../../chat/usage.ts'
import type { StreamTranscoder, Transcoder } from '../transcode/transcoder.ts'
import { clientHeaders, typeOf } from './headers.ts'
import { SecretFilter, type SecretStream } from '../../schema/secret-filter.ts'
import { type UsageReader, usageReader } from './usage-reader.ts'

const NO_SECRETS = new SecretFilter([])

/** Forwards a response unchanged, but without the provider's secrets. For known formats, the usage is read meanwhile. */
export const passThroughTranscoder = (api: Api | undefined): Transcoder => ({
  whole: (body) => ({ body, usage: undefined }),
  stream: () => new PassThroughStream(undefined, NO_SECRETS),
  readError: (text) => readErrorIn(text, api),
  forwardsErrors: true,
  keepsStatus: true,
  responseHeaders: (upstream) => ({ ...clientHeaders(upstream), 'content-type': typeOf(upstream) }),
  streamType: 'application/octet-stream',
})

/** The same once the response's headers have arrived. */
export const withUsageReader = (
  transcoder: Transcoder,
  api: Api | undefined,
  upstream: ReadableHeaders,
  secrets: SecretFilter,
): Transcoder => ({
  ...transcoder,
  stream: () => new PassThroughStream(api && usageReader(api, typeOf(upstream)), secrets),
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
  readonly #secrets: SecretStream

  constructor(reader: UsageReader | undefined, secrets: SecretFilter) {
    this.#reader = reader
    this.#secrets = secrets.stream()
  }

  get usage(): Usage | undefined {
    return this.#reader?.usage
  }

  push(chunk: Uint8Array): Uint8Array | undefined {
    this.#reader?.push(chunk)
    const clean = this.#secrets.push(chunk)
    return clean.length === 0 ? undefined : clean
  }

  end(): Uint8Array | undefined {
    this.#reader?.end()
    const rest = this.#secrets.end()
    return rest.length === 0 ? undefined : rest
  }

  finishIfComplete(): undefined {}

  fail(): undefined {}
}
