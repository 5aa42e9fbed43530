import { GatewayError } from '../../errors.ts'
import type { Unavailable } from '../../routing/fleet/filter-by-health.ts'
import { formatDuration } from '../../units.ts'

/** What a drained pool is told to come back after: somebody is at work on it. */
const DRAINED_MS = 10_000

/** Why a model answers no call at all just now; retryable, since a fallback may. */
export function poolUnavailable(model: string, closed: Unavailable): GatewayError {
  if (closed.type === 'draining')
    return new GatewayError(
      'overloaded',
      `Every endpoint of "${model}" is being drained by an operator and takes nothing new.`,
      { status: 503, retryAfterMs: DRAINED_MS },
    )
  const retryAfterMs = Math.ceil(closed.retryAfterMs)
  const seconds = formatDuration(Math.ceil(retryAfterMs / 1000) * 1000)
  return new GatewayError(
    'overloaded',
    `Every endpoint of "${model}" has asked for time (rate limit, overload or quota). Try again in ${seconds}.`,
    { retryAfterMs },
  )
}
