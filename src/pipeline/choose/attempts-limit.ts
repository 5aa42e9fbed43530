import type { GatewayError } from '../../errors.ts'
import type { Call } from '../call/call.ts'

/** Whether a call has had all the attempts that one may have, whatever they were for. */
export const isOutOfAttempts = ({ attempts, arrival }: Call): boolean => attempts.count >= arrival.snapshot.maxAttempts

/** The last failure of such a call; its own words, and why nothing more was tried. */
export function outOfAttempts({ arrival, span }: Call, error: GatewayError): GatewayError {
  span.limitExceeded('attempts')
  const why = `No more was tried: the call has had the ${arrival.snapshot.maxAttempts} attempts of requests.maxAttempts.`
  return error.with({ message: `${error.message} ${why}` })
}
