import type { EndpointView, Policy } from '../policy.ts'
import { minBy } from './min-by.ts'

/**
 * The endpoint that answers soonest for the work it is given: least slowness times the calls it would then have in flight.
 * An endpoint nobody has tried counts as good as the best known one, so a cold start spreads instead of piling up.
 */
export const latency: Policy = (call, endpoints, random) => {
  const slowness = (endpoint: EndpointView) => endpoint.slowness.at(call.nowMs)
  let best = Infinity
  for (const endpoint of endpoints) best = Math.min(best, slowness(endpoint) ?? Infinity)
  const unknown = best === Infinity ? 1 : best
  const share = (endpoint: EndpointView) => (endpoint.inFlight + 1) / (endpoint.weight > 0 ? endpoint.weight : 1)
  return minBy(endpoints, (endpoint) => (slowness(endpoint) ?? unknown) * share(endpoint), random)
}
