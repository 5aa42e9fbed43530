import type { UpstreamError } from '../../chat/upstream-error.ts'
import { decodeError as decodeAny } from '../openai-shared/decode-error.ts'

/**
 * The envelope is `{id, message}`; proxies in front of Cohere have others. Source:
 * https://docs.cohere.com/reference/errors
 */
export function decodeError(text: string): UpstreamError | undefined {
  const error = decodeAny(text)
  return error && { ...error, isEnvelope: /^\s*\{/.test(text) && !/"error"\s*:/.test(text) }
}
