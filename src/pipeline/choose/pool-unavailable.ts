import { GatewayError } from '../../errors.ts'
import type { Unavailable } from '../../routing/fleet/filter-by-health.ts'
import { formatDuration } from '../../units.ts'

/** The retry delay of a drained pool, in milliseconds: an operator is at work on it. */
const DRAINED_MS = 10_000

/** The error of a model without any available endpoint. It is retryable, since a fallback model may be available. */
export function poolUnavailable(model: string, unavailable: Unavailable): GatewayError {
  if (unavailable.type === 'draining')
    return new GatewayError(
      'overloaded',
      `Every endpoint of "${model}" is being drained by the operator and accepts no new requests.`,
      { status: 503, retryAfterMs: DRAINED_MS },
    )
  const retryAfterMs = Math.ceil(unavailable.retryAfterMs)
  const seconds = formatDuration(Math.ceil(retryAfterMs / 1000) * 1000)
  return new GatewayError(
    'overloaded',
    `Every endpoint of "${model}" is backing off (rate limit, overload or quota). Try again in ${seconds}.`,
    { retryAfterMs },
  )
}
