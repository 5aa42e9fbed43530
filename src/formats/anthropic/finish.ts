import type { Finish, FinishReason } from '../../chat/finish.ts'
import { isRecord } from '../fields/fields.ts'
import type { Losses } from '../translation/losses.ts'

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

/** `other` ends a turn for clients of this language: their types know no other word. The upstream's own is noted. */
const WORDS: Readonly<Record<FinishReason, string>> = {
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

/** A refusal with a category is the policy's and not the model's. A reason that is in no table keeps its name in `native`. */
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

/** `isOwn`: it was decoded from this language, and goes back as it was. */
export function encodeFinish(finish: Finish, isOwn: boolean, losses: Losses): WireFinish {
  const { reason, native, stopSequence, details } = finish
  if (!isOwn) {
    if (reason === 'other' || reason === 'malformed-tool-call')
      losses.note('stop_reason', `changed: end_turn in place of ${native ?? 'none'}, which is not known there`)
    if (details !== undefined) losses.note('stop_details', "removed: another provider's")
  }
  return {
    stop_reason: isOwn ? (native ?? null) : WORDS[reason],
    stop_sequence: stopSequence ?? null,
    stop_details: isOwn ? (details ?? null) : null,
  }
}
