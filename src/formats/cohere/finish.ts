import type { Finish, FinishReason } from '../../chat/finish.ts'
import { withToolCalls } from '../../chat/finish.ts'

/** Source: https://docs.cohere.com/reference/chat, `finish_reason`. Values of the v1 API are included. */
const REASONS: Readonly<Record<string, FinishReason>> = {
  COMPLETE: 'stop',
  STOP_SEQUENCE: 'stop-sequence',
  MAX_TOKENS: 'length',
  TOOL_CALL: 'tool-calls',
  ERROR_LIMIT: 'context-full',
  ERROR_TOXIC: 'content-filter',
}

/** A response that failed although it has a message. `TIMEOUT`: Cohere stopped it, so it is not complete either. */
export const isFailure = (reason: unknown): boolean => reason === 'ERROR' || reason === 'TIMEOUT'

/** Unknown reasons are `other` with their own name. */
export function decodeFinish(native: unknown): Finish {
  if (typeof native !== 'string' || native === '') return { reason: 'other' }
  return { reason: (Object.hasOwn(REASONS, native) && REASONS[native]) || 'other', native }
}

const NATIVE_REASONS: Readonly<Record<FinishReason, string>> = {
  stop: 'COMPLETE',
  'stop-sequence': 'STOP_SEQUENCE',
  length: 'MAX_TOKENS',
  'context-full': 'MAX_TOKENS',
  'tool-calls': 'TOOL_CALL',
  // A value of the v1 API: v2 has none, and the response was not complete.
  'content-filter': 'ERROR_TOXIC',
  refusal: 'ERROR_TOXIC',
  pause: 'COMPLETE',
  'malformed-tool-call': 'COMPLETE',
  other: 'COMPLETE',
}

/** Every finish reason of the API. */
export const FINISH_REASONS: readonly string[] = [
  'COMPLETE',
  'STOP_SEQUENCE',
  'MAX_TOKENS',
  'TOOL_CALL',
  'ERROR',
  'TIMEOUT',
  'ERROR_TOXIC',
]

export const encodeFinish = (finish: Finish, hasToolCalls: boolean): string =>
  NATIVE_REASONS[withToolCalls(finish, hasToolCalls).reason]
