import type { Finish, FinishReason } from '../../chat/finish.ts'
import { isRecord } from '../fields/fields.ts'
import type { Losses } from '../translation/losses.ts'

/** Source: https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html, `stopReason` */
const REASONS: Readonly<Record<string, FinishReason>> = {
  end_turn: 'stop',
  stop_sequence: 'stop-sequence',
  max_tokens: 'length',
  model_context_window_exceeded: 'context-full',
  tool_use: 'tool-calls',
  content_filtered: 'content-filter',
  guardrail_intervened: 'content-filter',
  malformed_tool_use: 'malformed-tool-call',
  malformed_model_output: 'malformed-tool-call',
}

/** Every word that the API has. */
export const STOP_REASONS: readonly string[] = Object.keys(REASONS)

/** `other` ends a turn: the API has no word for it. */
const WORDS: Readonly<Record<FinishReason, string>> = {
  stop: 'end_turn',
  'stop-sequence': 'stop_sequence',
  length: 'max_tokens',
  'context-full': 'model_context_window_exceeded',
  'tool-calls': 'tool_use',
  'content-filter': 'content_filtered',
  refusal: 'content_filtered',
  pause: 'end_turn',
  'malformed-tool-call': 'malformed_tool_use',
  other: 'end_turn',
}

const UNSAID: ReadonlySet<FinishReason> = new Set(['pause', 'other'])

/**
 * `fields` are the model's own that were asked for: Claude says which sequence ended it, a stream of its under `delta`. An
 * unknown reason keeps its name in `native`.
 */
export function decodeFinish(stopReason: unknown, fields: unknown): Finish {
  const stopSequence = sequenceIn(fields)
  if (typeof stopReason !== 'string') return { reason: 'other' }
  return {
    reason: (Object.hasOwn(REASONS, stopReason) && REASONS[stopReason]) || 'other',
    native: stopReason,
    ...(stopSequence !== undefined && { stopSequence }),
  }
}

function sequenceIn(fields: unknown): string | undefined {
  if (!isRecord(fields)) return undefined
  const { stop_sequence: told, delta } = fields
  const sequence = told ?? (isRecord(delta) ? delta['stop_sequence'] : undefined)
  return typeof sequence === 'string' ? sequence : undefined
}

/** The model's own fields without the sequence, which stands in the finish; undefined: nothing is left. */
export function otherFields(fields: unknown): unknown {
  if (!isRecord(fields)) return fields ?? undefined
  const { stop_sequence: _, delta, ...rest } = fields
  const { stop_sequence: __, ...deltaRest } = isRecord(delta) ? delta : {}
  const left = { ...rest, ...(Object.keys(deltaRest).length > 0 && { delta: deltaRest }) }
  return Object.keys(left).length > 0 ? left : undefined
}

/** `isOwn`: it was decoded from this language, and goes back as it was. */
export function encodeFinish({ reason, native, details }: Finish, isOwn: boolean, losses: Losses): string {
  if (isOwn && native !== undefined) return native
  if (UNSAID.has(reason))
    losses.note('stopReason', `changed: end_turn in place of ${native ?? 'none'}, which is not known there`)
  if (details !== undefined) losses.note('stopReason: details', "removed: another provider's")
  return WORDS[reason]
}
