import type { PolicyName } from './config.ts'
import { latency } from './policies/latency.ts'
import { leastRequest } from './policies/least-request.ts'
import { powerOfTwo } from './policies/power-of-two.ts'
import { randomChoice } from './policies/random.ts'
import { createRoundRobin } from './policies/round-robin.ts'
import { weighted } from './policies/weighted.ts'
import type { Policy } from './policy.ts'

/** Creates a policy per pool, since some keep state. */
export const createPolicy: Readonly<Record<PolicyName, () => Policy>> = {
  round_robin: createRoundRobin,
  weighted: () => weighted,
  random: () => randomChoice,
  least_request: () => leastRequest,
  p2c: () => powerOfTwo,
  latency: () => latency,
}
