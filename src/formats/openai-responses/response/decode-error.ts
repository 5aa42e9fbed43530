import type { UpstreamError } from '../../../chat/upstream-error.ts'
import type { UpstreamErrorKind } from '../../../errors.ts'
import { isRecord } from '../../fields/fields.ts'
import { upstreamErrorOf } from '../../openai-shared/decode-error.ts'

/** Error bodies, and the variants of other servers, are the same in both of OpenAI's formats. */
export { decodeError } from '../../openai-shared/decode-error.ts'

/** Values of `response.error.code` for a response that failed after it had begun. */
const KINDS: Readonly<Record<string, UpstreamErrorKind>> = {
  invalid_prompt: 'bad-request',
  bio_policy: 'content-policy',
  misalignment_policy_violation: 'content-policy',
  image_content_policy_violation: 'content-policy',
  vector_store_timeout: 'timeout',
  data_residency_mismatch: 'bad-request',
  failed_to_download_image: 'bad-request',
  unsupported_image_media_type: 'bad-request',
}

const UNEXPLAINED: UpstreamError = {
  message: 'The upstream ended the response with an error.',
  kind: 'internal',
  isEnvelope: false,
}

/**
 * Decodes the error of an `error` event or of a failed response: `{error: {...}}`, or, as in the published schema of
 * the event, the same fields beside its type.
 */
export function failureOf(value: unknown): UpstreamError {
  const { type: _, ...flat } = isRecord(value) ? value : { type: undefined }
  const error = isRecord(flat['error']) || typeof flat['error'] === 'string' ? flat : { error: flat }
  const failure = upstreamErrorOf(error)
  if (!failure || (error['error'] === flat && typeof flat['message'] !== 'string')) return UNEXPLAINED
  const code = failure.code ?? ''
  const kind = failure.kind ?? (Object.hasOwn(KINDS, code) ? KINDS[code] : imageKind(code))
  return { ...failure, ...(kind && { kind }), isEnvelope: false }
}

const imageKind = (code: string): UpstreamErrorKind | undefined => (/image/.test(code) ? 'bad-request' : undefined)
