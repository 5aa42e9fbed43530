import type { PeakEwma } from './peak-ewma.ts'

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
