import type { PolicyName } from './config.ts'
import type { PeakEwma } from './peak-ewma.ts'
import { latency } from './policies/latency.ts'
import { leastRequest } from './policies/least-request.ts'
import { powerOfTwo } from './policies/power-of-two.ts'
import { randomChoice } from './policies/random.ts'
import { createRoundRobin } from './policies/round-robin.ts'
import { weighted } from './policies/weighted.ts'

/** What a policy may know of the call. */
export interface CallView {
  readonly promptTokens: number
  readonly nowMs: number
}

/** What a policy may know of an endpoint. */
export interface EndpointView {
  readonly id: string
  /** Relative to its neighbours; above 0 here, since an endpoint of weight 0 is offered only when nothing else is left. */
  readonly weight: number
  /** Attempts handed to it and not ended. */
  readonly inFlight: number
  /** Observed over expected time, see expectedWorkMs. */
  readonly slowness: PeakEwma
}

/** Chooses one of `endpoints`, which is never empty and in order of id. Chance comes in: the same draws, the same choice. */
export type Policy = <E extends EndpointView>(call: CallView, endpoints: readonly E[], random: () => number) => E

/** Each pool gets a policy of its own, since some remember where they were. */
export const createPolicy: Readonly<Record<PolicyName, () => Policy>> = {
  round_robin: createRoundRobin,
  weighted: () => weighted,
  random: () => randomChoice,
  least_request: () => leastRequest,
  p2c: () => powerOfTwo,
  latency: () => latency,
}
