import type { Policy } from '../policy.ts'

/**
 * Draws two different endpoints at random and takes the one with fewer calls in flight; on a tie the first drawn.
 * Source: Mitzenmacher, The Power of Two Choices in Randomized Load Balancing, 2001.
 */
export const powerOfTwo: Policy = (_call, endpoints, random) => {
  const first = Math.floor(random() * endpoints.length)
  if (endpoints.length === 1) return endpoints[first]!
  const second = (first + 1 + Math.floor(random() * (endpoints.length - 1))) % endpoints.length
  return endpoints[second]!.inFlight < endpoints[first]!.inFlight ? endpoints[second]! : endpoints[first]!
}
