import type { Policy } from '../policy.ts'
import { randomChoice } from './random.ts'

/** Every endpoint with a probability proportional to its weight; if all weights are 0, each with the same. */
export const weighted: Policy = (call, endpoints, random) => {
  let total = 0
  for (const endpoint of endpoints) total += endpoint.weight
  if (total === 0) return randomChoice(call, endpoints, random)
  let left = random() * total
  for (const endpoint of endpoints) {
    left -= endpoint.weight
    if (left < 0) return endpoint
  }
  return endpoints.at(-1)! // only after a rounding error
}
