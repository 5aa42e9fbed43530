import type { Priority } from './priority.ts'

/** A pool with waiting calls, as an endpoint knows it. */
export interface WaitingPool {
  /** 0 for the highest band with waiting calls. */
  readonly urgency: number
  /** Admits the next call; false if there is no capacity for it. */
  admitNext(nowMs: number): boolean
}

/** An endpoint, as far as admission is concerned. */
export interface Capacity {
  readonly hasCapacity: boolean
  readonly inFlight: number
  readonly reserved: number
  readonly health: { readonly isImpaired: boolean }
  readonly waiting: Set<WaitingPool>
  reserve(): void
}

/** Where a call can be sent. */
export interface Destination {
  readonly endpoint: Capacity
}

/**
 * Why a call was not admitted: `off`: the queue is disabled; `full`, `bytes`: the queue has reached its number of calls or its
 * bytes; `wait`: the expected wait is too long for the call; `expired`: the call waited as long as it may; `displaced`: a call of
 * higher rank took its place in the queue.
 */
export type RejectionReason = 'off' | 'full' | 'bytes' | 'wait' | 'expired' | 'displaced'

export type Outcome<To extends Destination> =
  /** A slot is reserved at the candidate's endpoint: release it in the same turn in which the attempt is sent. */
  | { readonly type: 'admitted'; readonly candidate: To; readonly waitedMs: number }
  | {
      readonly type: 'rejected'
      readonly reason: RejectionReason
      /** The time after which a retry can succeed. */
      readonly retryAfterMs: number
      readonly waitedMs: number
    }

/** A call that waits for capacity. */
export interface Waiter<To extends Destination> {
  /** The client; calls of one client share its turns. */
  readonly caller: string
  readonly priority: Priority
  /** Tokens of work. */
  readonly cost: number
  /** The size of its body, which stays in memory. */
  readonly bytes: number
  /** The longest time that the client waits; the queue's own limit applies if that is shorter. */
  readonly maxWaitMs: number
  /** It was admitted before and its endpoint failed: it goes before the other calls of its band. */
  readonly isRetry: boolean
  /** The endpoints among which it chooses; undefined: those that the pool has now. */
  readonly endpoints?: ReadonlySet<To['endpoint']>
  /**
   * An endpoint with capacity for it. If this is undefined for a call that is no retry, no call of the pool has
   * capacity.
   */
  readonly choose: () => To | undefined
  /** Called once, unless the waiter leaves. */
  readonly settle: (outcome: Outcome<To>) => void
}
