import { asGatewayError, type GatewayError } from '../errors.ts'
import { isOutOfAttempts, outOfAttempts } from './attempts-limit.ts'
import type { Call } from './call.ts'
import { chooseModel } from './choose-model.ts'
import type { FoundModel } from '../routing/table.ts'
import type { Handle } from './compose.ts'
import { type EndpointParts, tryEndpoints } from './try-endpoints.ts'

/**
 * Asks the model that the call means, then its fallbacks in their order, as long as the failure is one that another might
 * not share. Only the first model's own list counts, so a chain cannot go in circles.
 */
export const tryModels =
  (parts: EndpointParts): Handle =>
  async (call) => {
    const { found, split } = chooseModel(call)
    if (split) {
      call.arm = split.arm
      parts.telemetry.splitChosen(split)
    }
    let last: GatewayError
    try {
      return await tryEndpoints(call, found, parts, found.model.fallbacks.length === 0)
    } catch (thrown) {
      last = asGatewayError(thrown)
    }
    for (const [index, name] of found.model.fallbacks.entries()) {
      const fallback = call.snapshot.table.find(name)
      if (!last.retryable || call.clientHasLeft || isOutOfAttempts(call) || !fallback) break
      try {
        return await tryFallback(call, fallback, parts, index === found.model.fallbacks.length - 1)
      } catch (thrown) {
        last = asGatewayError(thrown)
      }
    }
    throw last.retryable && isOutOfAttempts(call) ? outOfAttempts(call, last, parts.telemetry) : last
  }

const tryFallback = (call: Call, fallback: FoundModel, parts: EndpointParts, isLast: boolean) => {
  parts.telemetry.fallbackTaken(call.model!, fallback.model.name)
  return tryEndpoints(call, fallback, parts, isLast)
}
