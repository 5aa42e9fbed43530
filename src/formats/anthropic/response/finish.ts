import { explanationOf, type Finish, type FinishReason } from '../../../chat/finish.ts'
import { isRecord } from '../../fields/fields.ts'
import type { Losses } from '../../translation/losses.ts'

/** Source: https://platform.claude.com/docs/en/build-with-claude/handling-stop-reasons */
const REASONS: Readonly<Record<string, FinishReason>> = {
  end_turn: 'stop',
  stop_sequence: 'stop-sequence',
  max_tokens: 'length',
  tool_use: 'tool-calls',
  pause_turn: 'pause',
  refusal: 'refusal',
  model_context_window_exceeded: 'context-full',
}

/**
 * Clients of this format know only these reasons, so `other` becomes `end_turn`. The upstream's own reason is noted.
 */
const STOP_REASONS: Readonly<Record<FinishReason, string>> = {
  stop: 'end_turn',
  'stop-sequence': 'stop_sequence',
  length: 'max_tokens',
  'context-full': 'model_context_window_exceeded',
  'tool-calls': 'tool_use',
  'content-filter': 'refusal',
  refusal: 'refusal',
  pause: 'pause_turn',
  'malformed-tool-call': 'end_turn',
  other: 'end_turn',
}

export interface WireFinish {
  readonly stop_reason: string | null
  readonly stop_sequence: string | null
  readonly stop_details: unknown
}

/**
 * Reads the finish. A refusal with a category comes from a policy, not the model. Unknown reasons are kept in `native`.
 */
export function decodeFinish(wire: Readonly<Record<string, unknown>>): Finish {
  const { stop_reason: native, stop_sequence: stopSequence, stop_details: details } = wire
  if (typeof native !== 'string') return { reason: 'other' }
  const isPolicy = native === 'refusal' && isRecord(details) && typeof details['category'] === 'string'
  const reason = isPolicy ? 'content-filter' : (Object.hasOwn(REASONS, native) && REASONS[native]) || 'other'
  return {
    reason,
    native,
    ...(typeof stopSequence === 'string' && { stopSequence }),
    ...(details != null && { details }),
  }
}

/** Source: https://platform.claude.com/docs/en/build-with-claude/handling-stop-reasons */
const refusalOf = (explanation: string): object => ({ type: 'refusal', category: null, explanation })

/** Writes the finish. `isOwn`: it was read from the Anthropic format and is written unchanged. */
export function encodeFinish(finish: Finish, isOwn: boolean, losses: Losses): WireFinish {
  const { reason, native, stopSequence, details } = finish
  const explanation = explanationOf(finish)
  if (!isOwn) {
    if (reason === 'other' || reason === 'malformed-tool-call')
      losses.note(
        'stop_reason',
        `changed: set to end_turn, because Anthropic clients do not know ${native ?? 'an unknown reason'}`,
      )
    if (details !== undefined && explanation === undefined)
      losses.note('stop_details', 'removed: details of another provider')
  }
  return {
    stop_reason: isOwn ? (native ?? null) : STOP_REASONS[reason],
    stop_sequence: stopSequence ?? null,
    stop_details: isOwn ? (details ?? null) : explanation === undefined ? null : refusalOf(explanation),
  }
}
