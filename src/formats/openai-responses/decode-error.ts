import type { UpstreamError } from '../../chat/upstream-error.ts'
import type { UpstreamErrorKind } from '../../errors.ts'
import { isRecord } from '../fields/fields.ts'
import { upstreamErrorOf } from '../openai-shared/decode-error.ts'

/** The error bodies of both of OpenAI's languages are the same, and so are the servers that deviate from them. */
export { decodeError } from '../openai-shared/decode-error.ts'

/** `response.error.code`, where a response failed after it had begun. */
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
  message: 'The upstream ended its answer with an error.',
  kind: 'internal',
  isEnvelope: false,
}

/**
 * The complaint of an `error` event or of a response that failed: `{error: {...}}`, or, as the published schema of the
 * event has it, the same fields beside its type.
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
