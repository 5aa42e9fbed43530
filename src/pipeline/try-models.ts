import { asGatewayError, type GatewayError } from '../errors.ts'
import type { Call } from './call.ts'
import { chooseModel } from './choose-model.ts'
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
      return await tryEndpoints(call, found, parts)
    } catch (thrown) {
      last = asGatewayError(thrown)
    }
    for (const name of found.model.fallbacks) {
      const fallback = call.snapshot.table.find(name)
      if (!last.retryable || call.clientHasLeft || !fallback) break
      try {
        return await tryFallback(call, fallback, parts)
      } catch (thrown) {
        last = asGatewayError(thrown)
      }
    }
    throw last
  }

const tryFallback = (call: Call, fallback: Parameters<typeof tryEndpoints>[1], parts: EndpointParts) => {
  parts.telemetry.fallbackTaken(call.model!, fallback.model.name)
  return tryEndpoints(call, fallback, parts)
}
