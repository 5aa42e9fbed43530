import type { PolicyName } from './config.ts'
import type { PeakEwma } from './peak-ewma.ts'
import { latency } from './policies/latency.ts'
import { leastRequest } from './policies/least-request.ts'
import { powerOfTwo } from './policies/power-of-two.ts'
import { randomChoice } from './policies/random.ts'
import { createRoundRobin } from './policies/round-robin.ts'
import { weighted } from './policies/weighted.ts'

/** What a policy sees of a call. */
export interface CallView {
  readonly promptTokens: number
  readonly nowMs: number
}

/** What a policy sees of an endpoint. */
export interface EndpointView {
  readonly id: string
  /** Relative to the other endpoints. Above 0, unless only endpoints of weight 0 are left. */
  readonly weight: number
  /** Attempts sent to it that have not ended; more for an endpoint that fails. */
  readonly inFlight: number
  /** Observed over expected time, see expectedWorkMs. */
  readonly slowness: PeakEwma
}

/**
 * Chooses one of `endpoints`, which is not empty and is sorted by id. `random` is an argument: the same draws give
 * the same choice.
 */
export type Policy = <E extends EndpointView>(call: CallView, endpoints: readonly E[], random: () => number) => E

/** Creates a policy per pool, since some keep state. */
export const createPolicy: Readonly<Record<PolicyName, () => Policy>> = {
  round_robin: createRoundRobin,
  weighted: () => weighted,
  random: () => randomChoice,
  least_request: () => leastRequest,
  p2c: () => powerOfTwo,
  latency: () => latency,
}
