import { RecentShare } from './recent-share.ts'
import { spread } from './state.ts'

export interface BreakerLimits {
  /** Failures in a row that open it. */
  readonly failures: number
  /** How long it is open the first time; each further time twice as long, up to LONGEST_OPEN_MS. */
  readonly openMs: number
}

const USUAL_LIMITS: BreakerLimits = { failures: 5, openMs: 5000 }

const LONGEST_OPEN_MS = 30_000
/** After so long without opening, the next time counts as the first. */
const QUIET_MS = 5 * 60_000
/** A share is believed from so many on. */
const LEAST_COUNT = 20
const BROKEN_IN_ROW = 10
/** A probe that has not ended by then no longer holds back the next one. */
const PROBE_MS = 30_000
const MOST_DOUBLINGS = 6
/** One failure in a row is forgiven for each such time without another. */
const FORGIVEN_AFTER_MS = 10_000

interface Opening {
  readonly cause: 'failures' | 'broken streams'
  readonly atMs: number
  readonly untilMs: number
}

interface Probe {
  readonly startedMs: number
  readonly untilMs: number
}

/**
 * Keeps calls away from an endpoint that fails, and finds out with one call when it is well again. Streams that die in
 * the middle count apart from attempts that never began to answer. Attempts are known by when they started: what began
 * before an opening says nothing of the time after it.
 */
export class Breaker {
  limits = USUAL_LIMITS
  /** False for the only endpoint of its pools: there is nowhere else to go. */
  mayOpen = true
  readonly #random: () => number
  readonly #attempts = new RecentShare(30_000)
  readonly #streams = new RecentShare(60_000)
  #failuresInRow = 0
  #brokenInRow = 0
  #lastFailureMs = 0
  #openings = 0
  /** When the last opening ended. */
  #restedMs = 0
  #opening: Opening | undefined
  #probe: Probe | undefined

  constructor(random: () => number) {
    this.#random = random
  }

  state(nowMs: number): 'closed' | 'open' | 'half-open' | 'probing' {
    if (!this.#opening) return 'closed'
    if (nowMs < this.#opening.untilMs) return 'open'
    return this.#probe && nowMs < this.#probe.untilMs ? 'probing' : 'half-open'
  }

  get openedMs(): number {
    return this.#opening?.atMs ?? Infinity
  }

  /** When it will let a call through, or has; undefined while it is closed. */
  get untilMs(): number | undefined {
    return this.#opening?.untilMs
  }

  /** How many times busier than it is the endpoint should look: failing at once is no reason to be sent more. */
  handicap(nowMs: number): number {
    const failures = Math.min(this.#failuresInRow + this.#brokenInRow, MOST_DOUBLINGS)
    if (failures === 0) return 1
    return 2 ** Math.max(0, failures - Math.max(0, nowMs - this.#lastFailureMs) / FORGIVEN_AFTER_MS)
  }

  /** An attempt was sent; the first after the opening is the probe. */
  began(startedMs: number): void {
    if (this.state(startedMs) === 'half-open') this.#probe = { startedMs, untilMs: startedMs + PROBE_MS }
  }

  /** An attempt began to answer. Returns whether that closed the breaker. */
  answered(startedMs: number, nowMs: number): boolean {
    this.#failuresInRow = 0
    this.#attempts.record(false, nowMs)
    return this.#opening?.cause === 'failures' && this.#close(startedMs)
  }

  /** An answer came to its end. Returns whether that closed the breaker. */
  completed(startedMs: number, nowMs: number, isStream: boolean): boolean {
    this.#brokenInRow = 0
    if (isStream) this.#streams.record(false, nowMs)
    return this.#close(startedMs)
  }

  /** An attempt ended without an answer. Returns whether that opened the breaker. */
  failed(startedMs: number, nowMs: number): boolean {
    this.#failuresInRow++
    this.#lastFailureMs = nowMs
    this.#attempts.record(true, nowMs)
    const isTooMuch = this.#failuresInRow >= this.limits.failures || this.#attempts.isMostlyBad(LEAST_COUNT, nowMs)
    return this.#openFor('failures', isTooMuch, startedMs, nowMs)
  }

  /** A stream died in the middle. Returns whether that opened the breaker. */
  broke(startedMs: number, nowMs: number): boolean {
    this.#brokenInRow++
    this.#lastFailureMs = nowMs
    this.#streams.record(true, nowMs)
    const isTooMuch = this.#brokenInRow >= BROKEN_IN_ROW || this.#streams.isMostlyBad(LEAST_COUNT, nowMs)
    return this.#openFor('broken streams', isTooMuch, startedMs, nowMs)
  }

  /** An attempt ended in a way that says nothing; if it was the probe, another may be one. */
  saidNothing(startedMs: number): void {
    if (this.#probe?.startedMs === startedMs) this.#probe = undefined
  }

  /** As if nothing had happened; the next opening is still longer if the last was lately. */
  reset(): void {
    this.#opening = undefined
    this.#probe = undefined
    this.#failuresInRow = 0
    this.#brokenInRow = 0
    this.#attempts.clear()
    this.#streams.clear()
  }

  #close(startedMs: number): boolean {
    if (!this.#opening || startedMs < this.#opening.atMs) return false
    this.reset()
    return true
  }

  #openFor(cause: Opening['cause'], isTooMuch: boolean, startedMs: number, nowMs: number): boolean {
    const isDue = this.#opening ? startedMs >= this.#opening.untilMs : isTooMuch
    if (!isDue || !this.mayOpen) return false
    if (nowMs - this.#restedMs > QUIET_MS) this.#openings = 0
    this.#openings++
    const { openMs } = this.limits
    const longestMs = Math.max(LONGEST_OPEN_MS, openMs)
    this.#restedMs = nowMs + spread(Math.min(openMs * 2 ** (this.#openings - 1), longestMs), this.#random)
    this.#opening = { cause: this.#opening?.cause ?? cause, atMs: nowMs, untilMs: this.#restedMs }
    this.#probe = undefined
    this.#attempts.clear()
    this.#streams.clear()
    return true
  }
}
