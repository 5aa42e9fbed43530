import type { Finish, FinishReason } from '../../../chat/finish.ts'
import { isRecord } from '../../fields/fields.ts'
import type { Losses } from '../../translation/losses.ts'

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

/** All stop reasons of the API. */
export const STOP_REASONS: readonly string[] = Object.keys(REASONS)

/** `other` becomes `end_turn`, because the API has no equivalent. */
const STOP_REASON_FOR: Readonly<Record<FinishReason, string>> = {
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

const UNSUPPORTED: ReadonlySet<FinishReason> = new Set(['pause', 'other'])

/**
 * Reads the finish. `fields`: the model's own fields that the request asked for. Claude reports the matched stop
 * sequence there, in streams below `delta`. Unknown reasons are kept in `native`.
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
  const { stop_sequence: direct, delta } = fields
  const sequence = direct ?? (isRecord(delta) ? delta['stop_sequence'] : undefined)
  return typeof sequence === 'string' ? sequence : undefined
}

/** The model's own fields without the stop sequence, which is in the finish; undefined: no fields are left. */
export function otherFields(fields: unknown): unknown {
  if (!isRecord(fields)) return fields ?? undefined
  const { stop_sequence: _, delta, ...rest } = fields
  const { stop_sequence: __, ...deltaRest } = isRecord(delta) ? delta : {}
  const left = { ...rest, ...(Object.keys(deltaRest).length > 0 && { delta: deltaRest }) }
  return Object.keys(left).length > 0 ? left : undefined
}

/** Writes the finish. `isOwn`: it was read from the Converse format and is written unchanged. */
export function encodeFinish({ reason, native, details }: Finish, isOwn: boolean, losses: Losses): string {
  if (isOwn && native !== undefined) return native
  if (UNSUPPORTED.has(reason))
    losses.note(
      'stopReason',
      `changed: set to end_turn, because Bedrock clients do not know ${native ?? 'an unknown reason'}`,
    )
  if (details !== undefined) losses.note('stopReason: details', 'removed: details of another provider')
  return STOP_REASON_FOR[reason]
}
