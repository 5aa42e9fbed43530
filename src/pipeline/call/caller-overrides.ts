import type { Fallbacks } from '../../routing/fallbacks.ts'

/** A timeout that the client sets, and the header or field that holds it. */
export interface CallerTimeout {
  readonly ms: number
  readonly from: string
}

export interface CallerTimeouts {
  /** For the whole request, queueing and further attempts included. */
  readonly total: CallerTimeout | undefined
  /** For each attempt of a stream. */
  readonly firstEvent: CallerTimeout | undefined
}

/** What a client sets for one request instead of the configuration. */
export interface CallerOverrides {
  readonly timeouts: CallerTimeouts
  /** Instead of the model's retries after every kind of failure. */
  readonly retries: number | undefined
  /** Instead of the model's lists of these kinds. */
  readonly fallbacks: Partial<Fallbacks>
}

export const NO_TIMEOUTS: CallerTimeouts = { total: undefined, firstEvent: undefined }

export const NO_OVERRIDES: CallerOverrides = { timeouts: NO_TIMEOUTS, retries: undefined, fallbacks: {} }
