import type { Policy } from '../policy.ts'

/** Each with a probability proportional to its weight. */
export const weighted: Policy = (_call, endpoints, random) => {
  let total = 0
  for (const endpoint of endpoints) total += endpoint.weight
  let left = random() * total
  for (const endpoint of endpoints) {
    left -= endpoint.weight
    if (left < 0) return endpoint
  }
  return endpoints.at(-1)! // only where rounding left a crumb, or all weights are 0
}
