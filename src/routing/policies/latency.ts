import type { EndpointView, Policy } from '../policy.ts'
import { minBy } from './min-by.ts'

/**
 * The endpoint with the lowest product of slowness and the calls it would then have in flight. An endpoint without samples
 * counts as fast as the best known one, so that a cold start spreads the calls instead of piling them up.
 */
export const latency: Policy = (call, endpoints, random) => {
  const slowness = (endpoint: EndpointView) => endpoint.slowness.at(call.nowMs)
  let best = Infinity
  for (const endpoint of endpoints) best = Math.min(best, slowness(endpoint) ?? Infinity)
  const unknown = best === Infinity ? 1 : best
  const share = (endpoint: EndpointView) => (endpoint.inFlight + 1) / (endpoint.weight > 0 ? endpoint.weight : 1)
  return minBy(endpoints, (endpoint) => (slowness(endpoint) ?? unknown) * share(endpoint), random)
}
