// What processes of one machine tell each other of an endpoint's health. Each has a clock of its own: times are spans, as of
// the moment in which they are said.

/** A closed breaker has no `opening`. */
export interface BreakerState {
  readonly type: 'breaker'
  readonly opening:
    | {
        readonly cause: 'failures' | 'broken streams'
        /** How long ago it opened. */
        readonly sinceMs: number
        /** How long it rests yet; negative when it is over. */
        readonly restMs: number
      }
    | undefined
  /** How long the attempt that finds out keeps others from trying. */
  readonly probeMs: number | undefined
  readonly openings: number
  /** How long ago the last rest ended; negative when it has not. */
  readonly restedMs: number
}

/** What an endpoint said of one model; `state` is undefined when it said nothing, or has taken it back. */
export interface ModelState {
  readonly type: 'model'
  /** The upstream's name. */
  readonly model: string
  readonly state: 'backing-off' | 'misconfigured' | undefined
  readonly sinceMs: number
  readonly restMs: number
  readonly guesses: number
}

export type SharedState = BreakerState | ModelState

/** Something that a process learns by itself, and others may take over. */
export interface StateSource {
  /** The same for the same thing in every process. */
  readonly name: string
  /** Goes up when it learnt something. */
  readonly version: number
  state(nowMs: number): SharedState
}

/** Whether an endpoint answers active checks, which one process makes for all. */
export interface LivenessReport {
  /** Of the endpoint. */
  readonly key: string
  readonly isDown: boolean
  readonly reason: string
  /** How long that counts, were nothing more to be heard. */
  readonly validMs: number
  /** How long ago it showed life; undefined when it did not. */
  readonly heardMs: number | undefined
}
