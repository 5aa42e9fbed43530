import type { UpstreamError } from '../../chat/upstream-error.ts'
import { decodeError as decodeAny } from '../openai-shared/decode-error.ts'

/** `{"error": "text"}` is the envelope here; proxies in front of it have others. Source: https://docs.ollama.com/api/errors */
export function decodeError(text: string): UpstreamError | undefined {
  const error = decodeAny(text)
  return error && { ...error, isEnvelope: /^\s*\{\s*"error"\s*:\s*"/.test(text) }
}
