import type { Finish, FinishReason } from '../../chat/finish.ts'

/** Why a candidate ended. Source: https://ai.google.dev/api/generate-content#FinishReason, and what Vertex adds. */
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

/** With `enum-encoding=int` reasons are numbers. Beyond these the two APIs number differently. */
const NUMBERS = ['FINISH_REASON_UNSPECIFIED', 'STOP', 'MAX_TOKENS', 'SAFETY', 'RECITATION', 'OTHER']

const WORDS: Readonly<Record<FinishReason, string>> = {
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

/** The upstream's word, of one that says anything: some servers write the unspecified one until the end. */
export function finishWord(reason: unknown): string | undefined {
  const word = typeof reason === 'number' ? String(reason) : reason
  return typeof word === 'string' && word !== '' && word !== '0' && word !== NUMBERS[0] ? word : undefined
}

/** A word that is not in the table is `other`, never a stop. A turn that calls tools has no reason of its own: STOP. */
export function decodeFinish(word: string | undefined, hasCalls: boolean): Finish {
  if (word === undefined) return { reason: 'other' }
  const reason = REASONS[NUMBERS[Number(word)] ?? word] ?? 'other'
  return { reason: reason === 'stop' && hasCalls ? 'tool-calls' : reason, native: word }
}

/** Gemini's own word comes back as it was; any other reason by the table. */
export function encodeFinish({ reason, native }: Finish): string | number {
  if (native === undefined) return WORDS[reason]
  const isOwn = decodeFinish(native, reason === 'tool-calls').reason === reason && /^(?:[A-Z_]+|\d+)$/.test(native)
  if (!isOwn) return WORDS[reason]
  return /^\d+$/.test(native) ? Number(native) : native
}
