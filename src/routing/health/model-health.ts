import type { ModelState } from './shared-state.ts'
import { spread } from './state.ts'

const MISCONFIGURED_MS = 60_000
const OUT_OF_QUOTA_MS = 60_000
const INITIAL_GUESS_MS = 1000
const MAX_GUESS_MS = 30_000
/** The longest back-off; a longer `retry-after` can be wrong and is cut to this. */
const MAX_WAIT_MS = 10 * 60_000

export interface Backpressure {
  /** From the upstream's `retry-after`; undefined if there was none. */
  readonly retryAfterMs: number | undefined
  readonly isOutOfQuota: boolean
}

/**
 * Backpressure and configuration errors of one model at an endpoint: hosted services serve several models at one address, each
 * with limits and permissions of its own.
 */
export class ModelHealth {
  /** False if there is no state: then calls need not evaluate it. */
  isImpaired = false
  /** Increases with each mark that this process sets or clears; state from other processes and expiries do not count. */
  version = 0
  readonly #random: () => number
  #state: 'backing-off' | 'misconfigured' | undefined
  #sinceMs = 0
  #untilMs = 0
  #guesses = 0

  constructor(random: () => number) {
    this.#random = random
  }

  state(nowMs: number): 'backing-off' | 'misconfigured' | undefined {
    if (this.isImpaired && nowMs >= this.#untilMs) this.#clear()
    return this.#state
  }

  get untilMs(): number | undefined {
    return this.isImpaired ? this.#untilMs : undefined
  }

  /** Backs off until the time in `retry-after`; without one for a second, doubling while backpressure continues. */
  backpressure({ retryAfterMs, isOutOfQuota }: Backpressure, nowMs: number): void {
    const isWaiting = this.state(nowMs) === 'backing-off'
    if (isWaiting && retryAfterMs === undefined && !isOutOfQuota) return // the calls were sent together: they count as one guess
    const minMs = isOutOfQuota ? OUT_OF_QUOTA_MS : 0
    const waitMs = Math.min(Math.max(minMs, retryAfterMs ?? this.#guess()), MAX_WAIT_MS)
    this.#mark('backing-off', nowMs, isWaiting ? Math.max(this.#untilMs, nowMs + waitMs) : nowMs + waitMs)
  }

  misconfigured(nowMs: number): void {
    if (this.state(nowMs) !== 'backing-off') this.#mark('misconfigured', nowMs, nowMs + MISCONFIGURED_MS)
  }

  /** An attempt succeeded. It clears `misconfigured` if it started after the mark; a back-off always runs its time. */
  succeeded(startedMs: number, nowMs: number): void {
    const state = this.state(nowMs)
    if (state === 'misconfigured' && startedMs >= this.#sinceMs) this.#clearMark()
    if (state !== 'backing-off') this.#guesses = 0
  }

  reset(): void {
    this.#guesses = 0
    this.#clearMark()
  }

  /** The state to share with other processes. */
  sharedState(nowMs: number): Omit<ModelState, 'model'> {
    const state = this.state(nowMs)
    return {
      type: 'model',
      state,
      sinceMs: nowMs - this.#sinceMs,
      restMs: state === undefined ? 0 : this.#untilMs - nowMs,
      guesses: this.#guesses,
    }
  }

  /** Applies the state that another process sent at `receivedMs`; of two back-off times the later one applies. */
  applyState({ state, sinceMs, restMs, guesses }: ModelState, receivedMs: number): void {
    this.#guesses = guesses
    if (state === undefined) return this.#clear()
    const isWaiting = state === 'backing-off' && this.state(receivedMs) === state
    this.#set(state, receivedMs - sinceMs, Math.max(isWaiting ? this.#untilMs : -Infinity, receivedMs + restMs))
  }

  /** Extends the back-off if the other process got a later time. */
  waitLonger({ restMs }: ModelState, receivedMs: number): void {
    if (this.state(receivedMs) === 'backing-off') this.#untilMs = Math.max(this.#untilMs, receivedMs + restMs)
  }

  #guess(): number {
    const guess = Math.min(INITIAL_GUESS_MS * 2 ** this.#guesses, MAX_GUESS_MS)
    this.#guesses++
    return spread(guess, this.#random)
  }

  #mark(state: 'backing-off' | 'misconfigured', nowMs: number, untilMs: number): void {
    this.version++
    this.#set(state, nowMs, untilMs)
  }

  #set(state: 'backing-off' | 'misconfigured', sinceMs: number, untilMs: number): void {
    this.#state = state
    this.#sinceMs = sinceMs
    this.#untilMs = untilMs
    this.isImpaired = true
  }

  #clearMark(): void {
    this.version++
    this.#clear()
  }

  #clear(): void {
    this.#state = undefined
    this.isImpaired = false
  }
}
