import { RecentShare } from './recent-share.ts'
import type { BreakerState } from './shared-state.ts'
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

/** Who opened it is the first to try again; the others hear of that before their own time comes, and need not try too. */
const LEAST_DEFER_MS = 250
const DEFER_SPREAD_MS = 1000

interface Opening {
  readonly cause: 'failures' | 'broken streams'
  readonly atMs: number
  readonly untilMs: number
  /** How much longer it is open here than where it opened. */
  readonly deferMs: number
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
  /** Goes up with each opening, closing and probe here; what others said does not count. */
  version = 0
  /** Failures in a row at other processes, with no answer between them and now. */
  failuresElsewhere = 0
  readonly #random: () => number
  readonly #attempts = new RecentShare(30_000)
  readonly #streams = new RecentShare(60_000)
  #failuresInRow = 0
  #rowSinceMs = 0
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
    if (nowMs < this.#opening.untilMs + this.#opening.deferMs) return 'open'
    return this.#probe && nowMs < this.#probe.untilMs ? 'probing' : 'half-open'
  }

  get openedMs(): number {
    return this.#opening?.atMs ?? Infinity
  }

  /** When it will let a call through, or has; undefined while it is closed. */
  get untilMs(): number | undefined {
    return this.#opening?.untilMs
  }

  /** Failures in a row, and when the first of them was. */
  get row(): { readonly failures: number; readonly sinceMs: number } {
    return { failures: this.#failuresInRow, sinceMs: this.#rowSinceMs }
  }

  /** How many times busier than it is the endpoint should look: failing at once is no reason to be sent more. */
  handicap(nowMs: number): number {
    const failures = Math.min(this.#failuresInRow + this.#brokenInRow, MOST_DOUBLINGS)
    if (failures === 0) return 1
    return 2 ** Math.max(0, failures - Math.max(0, nowMs - this.#lastFailureMs) / FORGIVEN_AFTER_MS)
  }

  /** An attempt was sent; the first after the opening is the probe. */
  began(startedMs: number): void {
    if (this.state(startedMs) !== 'half-open') return
    this.#probe = { startedMs, untilMs: startedMs + PROBE_MS }
    this.version++
  }

  /** An attempt began to answer. Returns whether that closed the breaker. */
  answered(startedMs: number, nowMs: number): boolean {
    this.#failuresInRow = 0
    this.failuresElsewhere = 0
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
    if (this.#failuresInRow++ === 0) this.#rowSinceMs = nowMs
    this.#lastFailureMs = nowMs
    this.#attempts.record(true, nowMs)
    const inRow = this.#failuresInRow + this.failuresElsewhere
    const isTooMuch = inRow >= this.limits.failures || this.#attempts.isMostlyBad(LEAST_COUNT, nowMs)
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
    if (this.#probe?.startedMs !== startedMs) return
    this.#probe = undefined
    this.version++
  }

  /** As if nothing had happened; the next opening is still longer if the last was lately. */
  reset(): void {
    this.version++
    this.#forget()
  }

  /** What it knows, for other processes. */
  sharedState(nowMs: number): BreakerState {
    const { cause, atMs, untilMs } = this.#opening ?? {}
    return {
      type: 'breaker',
      opening: cause && { cause, sinceMs: nowMs - atMs!, restMs: untilMs! - nowMs },
      probeMs: this.#probe && this.#probe.untilMs - nowMs,
      openings: this.#openings,
      restedMs: nowMs - this.#restedMs,
    }
  }

  /** Takes over what another process said at `heardMs`. Returns whether that closed the breaker. */
  applyState({ opening, probeMs, openings, restedMs }: BreakerState, heardMs: number): boolean {
    const wasOpen = this.#opening !== undefined
    if (!opening) this.#forget()
    else if (this.mayOpen) {
      const deferMs = LEAST_DEFER_MS + DEFER_SPREAD_MS * this.#random()
      const { cause, sinceMs, restMs } = opening
      this.#opening = { cause, atMs: heardMs - sinceMs, untilMs: heardMs + restMs, deferMs }
      this.#probe = probeMs === undefined ? undefined : { startedMs: Number.NaN, untilMs: heardMs + probeMs }
    }
    this.#openings = Math.max(this.#openings, openings)
    this.#restedMs = Math.max(this.#restedMs, heardMs - restedMs)
    return wasOpen && !opening
  }

  /** Whoever tried it elsewhere is gone without an answer: another may try. */
  probeLost(): void {
    this.#probe = undefined
  }

  #forget(): void {
    this.#opening = undefined
    this.#probe = undefined
    this.#failuresInRow = 0
    this.failuresElsewhere = 0
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
    this.#opening = { cause: this.#opening?.cause ?? cause, atMs: nowMs, untilMs: this.#restedMs, deferMs: 0 }
    this.#probe = undefined
    this.version++
    this.#attempts.clear()
    this.#streams.clear()
    return true
  }
}
