// The health state that the processes of one machine share. Their monotonic clocks differ, so times are durations
// relative to
// the moment of sending.

/** A closed breaker has no `opening`. */
export interface BreakerState {
  readonly type: 'breaker'
  readonly opening:
    | {
        readonly cause: 'failures' | 'broken streams'
        /** How long ago it opened. */
        readonly sinceMs: number
        /** How long it stays open; negative if that time has ended. */
        readonly restMs: number
      }
    | undefined
  /** How long the current probe blocks other probes; undefined if there is none. */
  readonly probeMs: number | undefined
  readonly openings: number
  /** How long ago the last opening ended; negative if it has not. */
  readonly restedMs: number
}

/** The health of one model at an endpoint; `state` is undefined if there is nothing against it. */
export interface ModelState {
  readonly type: 'model'
  /** The upstream's name of the model. */
  readonly model: string
  readonly state: 'backing-off' | 'misconfigured' | undefined
  readonly sinceMs: number
  readonly restMs: number
  readonly guesses: number
}

export type SharedState = BreakerState | ModelState

/** A part of an endpoint's health that one process observes and others apply. */
export interface StateSource {
  /** The same for the same part in every process. */
  readonly name: string
  /** Increases with each change that this process observed. */
  readonly version: number
  state(nowMs: number): SharedState
}

/** The result of active checks, which one process makes for all. */
export interface LivenessReport {
  /** The endpoint's key. */
  readonly key: string
  readonly isDown: boolean
  readonly reason: string
  /** How long the result is valid if no further report is received. */
  readonly validMs: number
  /** How long ago the endpoint responded; undefined if it did not. */
  readonly heardMs: number | undefined
}
