import type { GatewayError } from '../../errors.ts'
import type { Telemetry } from '../../telemetry/telemetry.ts'
import type { Call } from '../call.ts'

/** Whether a call has had all the attempts that one may have, whatever they were for. */
export const isOutOfAttempts = ({ attempts, snapshot }: Call): boolean => attempts >= snapshot.maxAttempts

/** The last failure of such a call; its own words, and why nothing more was tried. */
export function outOfAttempts({ snapshot }: Call, error: GatewayError, telemetry: Telemetry): GatewayError {
  telemetry.limitExceeded('attempts')
  const why = `No more was tried: the call has had the ${snapshot.maxAttempts} attempts of requests.maxAttempts.`
  return error.with({ message: `${error.message} ${why}` })
}
