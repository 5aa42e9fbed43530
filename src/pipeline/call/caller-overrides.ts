import type { Fallbacks } from '../../routing/fallbacks.ts'

/** A timeout that the client sets, and the header or field that it comes from. */
export interface CallerTimeout {
  readonly ms: number
  readonly from: string
}

export interface CallerTimeouts {
  /** For the whole request, including queueing and further attempts. */
  readonly total: CallerTimeout | undefined
  /** For each attempt of a stream. */
  readonly firstEvent: CallerTimeout | undefined
}

/** What a client sets for one request instead of the configuration. */
export interface CallerOverrides {
  readonly timeouts: CallerTimeouts
  /** Replaces the model's number of retries, for every kind of failure. */
  readonly retries: number | undefined
  /** Replaces the model's lists of these kinds. */
  readonly fallbacks: Partial<Fallbacks>
}

export const NO_TIMEOUTS: CallerTimeouts = { total: undefined, firstEvent: undefined }

export const NO_OVERRIDES: CallerOverrides = { timeouts: NO_TIMEOUTS, retries: undefined, fallbacks: {} }
