import type { ChatRequest } from '../../chat/request.ts'
import { fieldName } from '../fields/field-names.ts'
import { unsupported } from '../fields/unsupported.ts'
import type { Losses } from './losses.ts'

/** What an upstream accepts as stop sequences. */
export interface StopRule {
  /** The maximum number of sequences; 0: it has none. */
  readonly max: number
  /** It rejects sequences of white space. */
  readonly rejectsBlank?: true
}

/** Sluice reads every character of the response once for each sequence that it looks for. */
const MAX_CUT = 16
const MAX_LENGTH = 1000

export interface FittedStops {
  readonly request: ChatRequest
  /** The sequences at which Sluice itself must end the response. */
  readonly cutsAt: readonly string[]
}

/**
 * Leaves out the stop sequences that the upstream does not accept, to be cut by Sluice instead, and notes that. Empty
 * sequences mean nothing. Throws GatewayError `unsupported_parameter` for too many or too long ones.
 */
export function fitStops(request: ChatRequest, rule: StopRule | undefined, losses: Losses): FittedStops {
  const { stop } = request
  if (!rule || stop.length === 0) return { request, cutsAt: [] }
  const isSent = (sequence: string, index: number) =>
    index < rule.max && !(rule.rejectsBlank && sequence.trim() === '' && sequence !== '')
  if (stop.every(isSent)) return { request, cutsAt: [] }
  const fitted = { ...request, stop: stop.filter(isSent) }
  const cutsAt = [...new Set(stop.filter((sequence, index) => !isSent(sequence, index) && sequence !== ''))]
  if (cutsAt.length === 0) return { request: fitted, cutsAt }
  const field = fieldName(request, 'stop')
  if (cutsAt.length > MAX_CUT || cutsAt.some(({ length }) => length > MAX_LENGTH))
    throw unsupported(field, `Sluice can end a response at ${MAX_CUT} sequences of ${MAX_LENGTH} characters at most`)
  losses.note(field, 'changed: the upstream does not accept these sequences, so Sluice ends the response there itself')
  return { request: fitted, cutsAt }
}
