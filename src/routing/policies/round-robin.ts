import type { Policy } from '../policy.ts'

/** One after the other, in order of id. */
export const createRoundRobin = (): Policy => {
  let turn = 0
  return (_call, endpoints) => endpoints[turn++ % endpoints.length]!
}
