import type { Candidate, Endpoint } from '../endpoint.ts'
import type { Priority } from './priority.ts'

/**
 * Why a call was not let in: the queue is switched off, it is full of calls or of bytes, the wait would be too long for
 * the call, it did wait that long, or somebody with a better claim took its place in the queue.
 */
export type RefusalReason = 'off' | 'full' | 'bytes' | 'wait' | 'expired' | 'displaced'

export type Outcome =
  /** A place is held at the candidate's endpoint: who takes it gives it back first, in the same turn. */
  | { readonly type: 'admitted'; readonly candidate: Candidate; readonly waitedMs: number }
  | {
      readonly type: 'refused'
      readonly reason: RefusalReason
      /** When it is worth coming back. */
      readonly retryAfterMs: number
      readonly waitedMs: number
    }

/** A call that found no room. */
export interface Waiter {
  /** With whom it shares its turns. */
  readonly caller: string
  readonly priority: Priority
  /** Tokens of work. */
  readonly cost: number
  /** What it keeps in memory. */
  readonly bytes: number
  /** How long it may wait itself, if that is less than the queue allows. */
  readonly maxWaitMs: number
  /** It was let in before, and its endpoint failed: it does not stand behind others again. */
  readonly isRetry: boolean
  /** Among which it chooses; undefined: those that the pool has now. */
  readonly endpoints?: ReadonlySet<Endpoint>
  /** Where there is room for it now. Undefined for one without history means: for nobody. */
  readonly choose: () => Candidate | undefined
  /** Called once, unless the waiter leaves. */
  readonly settle: (outcome: Outcome) => void
}
