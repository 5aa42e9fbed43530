import { NO_OVERRIDES, NO_TIMEOUTS } from '../call/caller-overrides.ts'
import type { Step } from '../call/step.ts'
import { readRetries } from './caller-retries.ts'
import { readTimeouts } from './caller-timeouts.ts'

/**
 * Reads the timeouts, retries and fallbacks that the client sets for this request. Throws GatewayError
 * `invalid_request`, naming the header or the field.
 */
export const callerOverrides: Step = (next) => (call) => {
  const timeouts = readTimeouts(call)
  const retries = readRetries(call)
  call.overrides = timeouts === NO_TIMEOUTS && retries === NO_OVERRIDES ? NO_OVERRIDES : { ...retries, timeouts }
  return next(call)
}
