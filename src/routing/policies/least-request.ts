import type { Policy } from '../policy.ts'
import { minBy } from './min-by.ts'

/** The endpoint with the fewest calls in flight for its weight. */
export const leastRequest: Policy = (_call, endpoints, random) =>
  minBy(
    endpoints,
    (endpoint) => (endpoint.weight > 0 ? endpoint.inFlight / endpoint.weight : endpoint.inFlight),
    random,
  )
