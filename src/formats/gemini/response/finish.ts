import { explanationOf, type Finish, type FinishReason } from '../../../chat/finish.ts'

/**
 * Finish reasons of a candidate. Source: https://ai.google.dev/api/generate-content#FinishReason, and Vertex's
 * additions.
 */
const REASONS: Readonly<Record<string, FinishReason>> = {
  STOP: 'stop',
  MAX_TOKENS: 'length',
  SAFETY: 'content-filter',
  RECITATION: 'content-filter',
  LANGUAGE: 'content-filter',
  BLOCKLIST: 'content-filter',
  PROHIBITED_CONTENT: 'content-filter',
  SPII: 'content-filter',
  IMAGE_SAFETY: 'content-filter',
  IMAGE_PROHIBITED_CONTENT: 'content-filter',
  IMAGE_RECITATION: 'content-filter',
  MODEL_ARMOR: 'content-filter',
  CONTINUATION: 'pause',
  MALFORMED_FUNCTION_CALL: 'malformed-tool-call',
  UNEXPECTED_TOOL_CALL: 'malformed-tool-call',
  TOO_MANY_TOOL_CALLS: 'malformed-tool-call',
  MALFORMED_RESPONSE: 'malformed-tool-call',
  OTHER: 'other',
  NO_IMAGE: 'other',
  IMAGE_OTHER: 'other',
}

/** With `enum-encoding=int` reasons are numbers. The two APIs agree only on these. */
const NUMBERS = ['FINISH_REASON_UNSPECIFIED', 'STOP', 'MAX_TOKENS', 'SAFETY', 'RECITATION', 'OTHER']

const FINISH_REASONS: Readonly<Record<FinishReason, string>> = {
  stop: 'STOP',
  'stop-sequence': 'STOP',
  'tool-calls': 'STOP',
  length: 'MAX_TOKENS',
  'context-full': 'MAX_TOKENS',
  'content-filter': 'SAFETY',
  refusal: 'SAFETY',
  pause: 'CONTINUATION',
  'malformed-tool-call': 'MALFORMED_FUNCTION_CALL',
  other: 'OTHER',
}

/** The upstream's finish reason. Undefined also for the unspecified one, which some servers send until the end. */
export function finishReasonIn(reason: unknown): string | undefined {
  const name = typeof reason === 'number' ? String(reason) : reason
  return typeof name === 'string' && name !== '' && name !== '0' && name !== NUMBERS[0] ? name : undefined
}

/** Reads a finish reason. Unknown reasons are `other`, never `stop`. Turns with tool calls end with STOP as well. */
export function decodeFinish(native: string | undefined, hasCalls: boolean): Finish {
  if (native === undefined) return { reason: 'other' }
  const reason = REASONS[NUMBERS[Number(native)] ?? native] ?? 'other'
  return { reason: reason === 'stop' && hasCalls ? 'tool-calls' : reason, native }
}

/** Writes a finish reason: Gemini's own unchanged, any other by the table. */
export function encodeFinish({ reason, native }: Finish): string | number {
  if (native === undefined) return FINISH_REASONS[reason]
  const isOwn = decodeFinish(native, reason === 'tool-calls').reason === reason && /^(?:[A-Z_]+|\d+)$/.test(native)
  if (!isOwn) return FINISH_REASONS[reason]
  return /^\d+$/.test(native) ? Number(native) : native
}

/** Why a model of another format declined. Gemini's own message is among its extra fields. */
export function messageOf(finish: Finish, format: string | undefined): { finishMessage?: string } {
  const finishMessage = format === 'gemini' ? undefined : explanationOf(finish)
  return finishMessage === undefined ? {} : { finishMessage }
}
