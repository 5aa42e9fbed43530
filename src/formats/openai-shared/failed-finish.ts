import type { UpstreamError } from '../../chat/upstream-error.ts'
import type { UpstreamErrorKind } from '../../errors.ts'

/**
 * Finish reasons of responses that failed although they have choices. Mistral and OpenRouter; DeepSeek (interrupted, because
 * the service lacks resources); z.ai; vLLM and SGLang (the server aborted the request).
 */
const KINDS: Readonly<Record<string, UpstreamErrorKind>> = {
  error: 'no-result',
  insufficient_system_resource: 'overloaded',
  network_error: 'internal',
  abort: 'internal',
}

/** The error of a choice with this finish reason; undefined if it did not fail. */
export function failedFinish(reason: unknown): UpstreamError | undefined {
  if (typeof reason !== 'string' || !Object.hasOwn(KINDS, reason)) return undefined
  return {
    message: `The upstream ended the response with the finish reason "${reason}".`,
    kind: KINDS[reason]!,
    isEnvelope: false,
  }
}
