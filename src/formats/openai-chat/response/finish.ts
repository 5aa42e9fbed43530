import type { Finish, FinishReason } from '../../../chat/finish.ts'
import { withToolCalls } from '../../../chat/finish.ts'

/** OpenAI's finish reasons, and those of other servers of this format. */
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
  // Compatible APIs of providers with another format
  end_turn: 'stop',
  tool_use: 'tool-calls',
  max_tokens: 'length',
  refusal: 'refusal',
  // z.ai
  sensitive: 'content-filter',
  model_context_window_exceeded: 'context-full',
}

/** The fields that end a choice in this format. */
export interface NativeFinish {
  readonly finish_reason?: unknown
  /** OpenRouter: the reason of the provider behind it. */
  readonly native_finish_reason?: unknown
  /** vLLM: the stop sequence that matched, or a token id. */
  readonly stop_reason?: unknown
  /** SGLang: the same. */
  readonly matched_stop?: unknown
}

/** Unknown reasons are `other` with their own name; an empty (Snowflake) or missing reason is `other` without a name. */
export function decodeFinish(native: NativeFinish, hasToolCalls: boolean): Finish {
  const { finish_reason: given, native_finish_reason: nativeReason } = native
  const sequence = [native.stop_reason, native.matched_stop].find((value) => typeof value === 'string')
  if (typeof given !== 'string' || given === '') return withToolCalls({ reason: 'other' }, hasToolCalls)
  const known = Object.hasOwn(REASONS, given) ? REASONS[given]! : 'other'
  const met = known === 'stop' ? sequence : undefined
  const finish: Finish = {
    reason: met === undefined ? known : 'stop-sequence',
    native: typeof nativeReason === 'string' && nativeReason !== '' ? nativeReason : given,
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
  /** The upstream's own reason, if it is more specific. */
  readonly native_finish_reason?: string
  readonly stop_reason?: string
}

/**
 * The reason in OpenAI's closed list. A reason that the list does not have becomes `stop`, with the upstream's own
 * reason in `native_finish_reason`. A refusal with text (`has.refusal`) ends with `stop`, as OpenAI's do; one without
 * text ends with `content_filter`.
 */
export function encodeFinish(finish: Finish, has: { toolCalls: boolean; refusal: boolean }): WireFinish {
  const { reason, native, stopSequence } = withToolCalls(finish, has.toolCalls)
  const encoded = reason === 'refusal' && has.refusal ? 'stop' : NATIVE_REASONS[reason]
  return {
    finish_reason: encoded,
    ...(native !== undefined && native !== encoded && { native_finish_reason: native }),
    ...(stopSequence !== undefined && { stop_reason: stopSequence }),
  }
}
