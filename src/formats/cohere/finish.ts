import type { Finish, FinishReason } from '../../chat/finish.ts'
import { withToolCalls } from '../../chat/finish.ts'

/** Source: https://docs.cohere.com/reference/chat, `finish_reason`. What only the older API says stands there too. */
const REASONS: Readonly<Record<string, FinishReason>> = {
  COMPLETE: 'stop',
  STOP_SEQUENCE: 'stop-sequence',
  MAX_TOKENS: 'length',
  TOOL_CALL: 'tool-calls',
  ERROR_LIMIT: 'context-full',
  ERROR_TOXIC: 'content-filter',
}

/** An answer that failed although it has a message. `TIMEOUT`: Cohere stopped it, so it is not complete either. */
export const isFailure = (word: unknown): boolean => word === 'ERROR' || word === 'TIMEOUT'

/** Unknown words are `other`, under their own name. */
export function decodeFinish(word: unknown): Finish {
  if (typeof word !== 'string' || word === '') return { reason: 'other' }
  return { reason: (Object.hasOwn(REASONS, word) && REASONS[word]) || 'other', native: word }
}

const NATIVE_REASONS: Readonly<Record<FinishReason, string>> = {
  stop: 'COMPLETE',
  'stop-sequence': 'STOP_SEQUENCE',
  length: 'MAX_TOKENS',
  'context-full': 'MAX_TOKENS',
  'tool-calls': 'TOOL_CALL',
  // The older API's word: the newer has none, and this was no complete answer.
  'content-filter': 'ERROR_TOXIC',
  refusal: 'ERROR_TOXIC',
  pause: 'COMPLETE',
  'malformed-tool-call': 'COMPLETE',
  other: 'COMPLETE',
}

/** Every word that the API has. */
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
