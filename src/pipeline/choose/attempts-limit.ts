import type { GatewayError } from '../../errors.ts'
import type { Call } from '../call/call.ts'

/** Whether a call has used up its attempts (`requests.maxAttempts`), whatever they were for. */
export const isOutOfAttempts = ({ attempts, arrival }: Call): boolean => attempts.count >= arrival.snapshot.maxAttempts

/** The last error of such a call: its own message, and why there was no further attempt. */
export function outOfAttempts({ arrival, span }: Call, error: GatewayError): GatewayError {
  span.limitExceeded('attempts')
  const reason = `No further attempt: the request has used its ${arrival.snapshot.maxAttempts} attempts (requests.maxAttempts).`
  return error.with({ message: `${error.message} ${reason}` })
}
