import type { UpstreamError } from '../../chat/upstream-error.ts'
import { decodeError as decodeAny } from '../openai-shared/decode-error.ts'

/**
 * The envelope is `{"error": "text"}`; proxies in front of Ollama have others. Source:
 * https://docs.ollama.com/api/errors
 */
export function decodeError(text: string): UpstreamError | undefined {
  const error = decodeAny(text)
  return error && { ...error, isEnvelope: /^\s*\{\s*"error"\s*:\s*"/.test(text) }
}
