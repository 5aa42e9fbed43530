import type { ModelState } from './shared-state.ts'
import { spread } from './state.ts'

const MISCONFIGURED_MS = 60_000
const OUT_OF_QUOTA_MS = 60_000
const FIRST_GUESS_MS = 1000
const LONGEST_GUESS_MS = 30_000
/** What asks for more time than this is asked again nevertheless: the header may be wrong. */
const LONGEST_WAIT_MS = 10 * 60_000

export interface Backpressure {
  /** As the upstream said; undefined when it did not. */
  readonly retryAfterMs: number | undefined
  readonly isOutOfQuota: boolean
}

/**
 * What an endpoint said of calls for one model: hosted services answer several at one address, each with its own limits
 * and its own permissions.
 */
export class ModelHealth {
  /** True while there may be something to consider; false spares every call the question. */
  isImpaired = false
  /** Goes up with each mark that is made or taken back here; what others said, and time, do not count. */
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

  /** Out until the time the upstream named; without one for a second, doubling as long as it goes on. */
  backpressure({ retryAfterMs, isOutOfQuota }: Backpressure, nowMs: number): void {
    const isWaiting = this.state(nowMs) === 'backing-off'
    if (isWaiting && retryAfterMs === undefined && !isOutOfQuota) return // they were sent together: one answer, one guess
    const leastMs = isOutOfQuota ? OUT_OF_QUOTA_MS : 0
    const waitMs = Math.min(Math.max(leastMs, retryAfterMs ?? this.#guess()), LONGEST_WAIT_MS)
    this.#mark('backing-off', nowMs, isWaiting ? Math.max(this.#untilMs, nowMs + waitMs) : nowMs + waitMs)
  }

  misconfigured(nowMs: number): void {
    if (this.state(nowMs) !== 'backing-off') this.#mark('misconfigured', nowMs, nowMs + MISCONFIGURED_MS)
  }

  /** An attempt succeeded. It says nothing against a mark that is younger than it, nor against a time that was named. */
  succeeded(startedMs: number, nowMs: number): void {
    const state = this.state(nowMs)
    if (state === 'misconfigured' && startedMs >= this.#sinceMs) this.#takeBack()
    if (state !== 'backing-off') this.#guesses = 0
  }

  reset(): void {
    this.#guesses = 0
    this.#takeBack()
  }

  /** What it knows, for other processes. */
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

  /** Takes over what another process said at `heardMs`; of two times that were named the later one counts. */
  applyState({ state, sinceMs, restMs, guesses }: ModelState, heardMs: number): void {
    this.#guesses = guesses
    if (state === undefined) return this.#clear()
    const isWaiting = state === 'backing-off' && this.state(heardMs) === state
    this.#set(state, heardMs - sinceMs, Math.max(isWaiting ? this.#untilMs : 0, heardMs + restMs))
  }

  /** Of two times that it named the later one counts. */
  waitLonger({ restMs }: ModelState, heardMs: number): void {
    if (this.state(heardMs) === 'backing-off') this.#untilMs = Math.max(this.#untilMs, heardMs + restMs)
  }

  #guess(): number {
    const guess = Math.min(FIRST_GUESS_MS * 2 ** this.#guesses, LONGEST_GUESS_MS)
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

  #takeBack(): void {
    this.version++
    this.#clear()
  }

  #clear(): void {
    this.#state = undefined
    this.isImpaired = false
  }
}
