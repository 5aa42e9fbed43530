import type { Finish, FinishReason } from '../../chat/finish.ts'
import { withToolCalls } from '../../chat/finish.ts'

/** OpenAI's words, and those of the servers that speak its language with words of their own. */
const REASONS: Readonly<Record<string, FinishReason>> = {
  stop: 'stop',
  length: 'length',
  tool_calls: 'tool-calls',
  function_call: 'tool-calls',
  content_filter: 'content-filter',
  // Mistral
  model_length: 'context-full',
  // TGI, Together
  eos: 'stop',
  eos_token: 'stop',
  stop_sequence: 'stop-sequence',
  // Doors to other languages' models
  end_turn: 'stop',
  tool_use: 'tool-calls',
  max_tokens: 'length',
  refusal: 'refusal',
  // z.ai
  sensitive: 'content-filter',
}

/** What ends a choice, as it is written there. */
export interface NativeFinish {
  readonly finish_reason?: unknown
  /** OpenRouter: the word of whoever answered it. */
  readonly native_finish_reason?: unknown
  /** vLLM: the sequence that was met, or a token's number. */
  readonly stop_reason?: unknown
}

/** An answer that failed although it has choices. */
export const isFailure = (reason: unknown): boolean => reason === 'error'

/** Unknown words are `other`, under their own name; an empty one (Snowflake) or none is `other` without a name. */
export function decodeFinish(native: NativeFinish, hasToolCalls: boolean): Finish {
  const { finish_reason: word, native_finish_reason: behind, stop_reason: sequence } = native
  if (typeof word !== 'string' || word === '') return withToolCalls({ reason: 'other' }, hasToolCalls)
  const known = Object.hasOwn(REASONS, word) ? REASONS[word]! : 'other'
  const met = known === 'stop' && typeof sequence === 'string' ? sequence : undefined
  const finish: Finish = {
    reason: met === undefined ? known : 'stop-sequence',
    native: typeof behind === 'string' && behind !== '' ? behind : word,
    ...(met !== undefined && { stopSequence: met }),
  }
  return withToolCalls(finish, hasToolCalls)
}

const NATIVE_REASONS = {
  stop: 'stop',
  'stop-sequence': 'stop',
  length: 'length',
  'context-full': 'length',
  'tool-calls': 'tool_calls',
  'content-filter': 'content_filter',
  refusal: 'content_filter',
  pause: 'stop',
  'malformed-tool-call': 'stop',
  other: 'stop',
} as const satisfies Record<FinishReason, string>

export interface WireFinish {
  readonly finish_reason: (typeof NATIVE_REASONS)[FinishReason]
  /** The upstream's own word, where ours says less. */
  readonly native_finish_reason?: string
  readonly stop_reason?: string
}

/**
 * The reason in OpenAI's closed list. What has no word there is `stop`, with the upstream's own word beside it in
 * `native_finish_reason`; a refusal in words (`hasRefusal`) ends with `stop` as OpenAI's do, one without as a filter's.
 */
export function encodeFinish(finish: Finish, has: { toolCalls: boolean; refusal: boolean }): WireFinish {
  const { reason, native, stopSequence } = withToolCalls(finish, has.toolCalls)
  const word = reason === 'refusal' && has.refusal ? 'stop' : NATIVE_REASONS[reason]
  return {
    finish_reason: word,
    ...(native !== undefined && native !== word && { native_finish_reason: native }),
    ...(stopSequence !== undefined && { stop_reason: stopSequence }),
  }
}
