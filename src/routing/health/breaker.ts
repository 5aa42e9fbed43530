import { FailureRate } from './failure-rate.ts'
import type { BreakerState } from './shared-state.ts'
import { spread } from './state.ts'

export interface BreakerLimits {
  /** Consecutive failures that open it. */
  readonly failures: number
  /**
   * How long it is open the first time; each further time twice as long, up to MAX_OPEN_MS or this, whichever is
   * longer.
   */
  readonly openMs: number
}

const DEFAULT_LIMITS: BreakerLimits = { failures: 5, openMs: 5000 }

const MAX_OPEN_MS = 30_000
/** After this time without opening, the next opening counts as the first. */
const QUIET_MS = 5 * 60_000
/** Below this number of samples the failure rate does not open the breaker. */
const MIN_SAMPLES = 20
const MAX_BROKEN_IN_ROW = 10
/** A probe that has not ended after this time no longer blocks the next one. */
const PROBE_TIMEOUT_MS = 30_000
const MAX_DOUBLINGS = 6
/** The load multiplier is halved for each such time without another failure. */
const DECAY_MS = 10_000

/**
 * Other processes stay open a little longer than the one that opened, which probes first. They get its result and
 * need no probe.
 */
const MIN_DEFER_MS = 250
const DEFER_SPREAD_MS = 1000

interface Opening {
  readonly cause: 'failures' | 'broken streams'
  readonly atMs: number
  readonly untilMs: number
  /** How much longer it is open here than in the process that opened it. */
  readonly deferMs: number
}

interface Probe {
  readonly startedMs: number
  readonly untilMs: number
}

/**
 * The circuit breaker of an endpoint: keeps calls away after failures, and detects recovery with one probe. Streams that break
 * are counted separately from attempts that failed before the first event. Attempts are identified by their start: an attempt
 * that started before an opening is no evidence for the time after it.
 */
export class Breaker {
  limits = DEFAULT_LIMITS
  /** False for the only endpoint of its pools, since there is no alternative. */
  mayOpen = true
  /** Increases with each opening, closing and probe of this process; state from other processes does not count. */
  version = 0
  /** Consecutive failures in other processes, with no success since. */
  failuresElsewhere = 0
  readonly #random: () => number
  readonly #attempts = new FailureRate(30_000)
  readonly #streams = new FailureRate(60_000)
  #failuresInRow = 0
  #rowSinceMs = 0
  #brokenInRow = 0
  #lastFailureMs = 0
  #openings = 0
  /** When the last opening ended or will end. */
  #lastOpenEndedMs = -Infinity
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

  /** When it becomes or became half-open; undefined while it is closed. */
  get untilMs(): number | undefined {
    return this.#opening?.untilMs
  }

  /** Consecutive failures, and the time of the first of them. */
  get row(): { readonly failures: number; readonly sinceMs: number } {
    return { failures: this.#failuresInRow, sinceMs: this.#rowSinceMs }
  }

  /** The factor by which policies see a higher load: an endpoint that fails fast must not attract calls. */
  loadMultiplier(nowMs: number): number {
    const failures = Math.min(this.#failuresInRow + this.#brokenInRow, MAX_DOUBLINGS)
    if (failures === 0) return 1
    return 2 ** Math.max(0, failures - Math.max(0, nowMs - this.#lastFailureMs) / DECAY_MS)
  }

  /** An attempt was sent; the first one in the half-open state is the probe. */
  began(startedMs: number): void {
    if (this.state(startedMs) !== 'half-open') return
    this.#probe = { startedMs, untilMs: startedMs + PROBE_TIMEOUT_MS }
    this.version++
  }

  /** An attempt returned its first event. Returns whether that closed the breaker. */
  answered(startedMs: number, nowMs: number): boolean {
    this.#failuresInRow = 0
    this.failuresElsewhere = 0
    this.#attempts.record(false, nowMs)
    return this.#opening?.cause === 'failures' && this.#close(startedMs)
  }

  /** A response is complete. Returns whether that closed the breaker. */
  completed(startedMs: number, nowMs: number, isStream: boolean): boolean {
    this.#brokenInRow = 0
    if (isStream) this.#streams.record(false, nowMs)
    return this.#close(startedMs)
  }

  /** An attempt failed before the first event. Returns whether that opened the breaker. */
  failed(startedMs: number, nowMs: number): boolean {
    if (this.#failuresInRow++ === 0) this.#rowSinceMs = nowMs
    this.#lastFailureMs = nowMs
    this.#attempts.record(true, nowMs)
    const inRow = this.#failuresInRow + this.failuresElsewhere
    const isOverLimit = inRow >= this.limits.failures || this.#attempts.exceedsHalf(MIN_SAMPLES, nowMs)
    return this.#openIf('failures', isOverLimit, startedMs, nowMs)
  }

  /** A stream broke after its first event. Returns whether that opened the breaker. */
  streamBroke(startedMs: number, nowMs: number): boolean {
    this.#brokenInRow++
    this.#lastFailureMs = nowMs
    this.#streams.record(true, nowMs)
    const isOverLimit = this.#brokenInRow >= MAX_BROKEN_IN_ROW || this.#streams.exceedsHalf(MIN_SAMPLES, nowMs)
    return this.#openIf('broken streams', isOverLimit, startedMs, nowMs)
  }

  /** An attempt ended for a reason that is not the endpoint's; if it was the probe, another attempt can be the probe. */
  inconclusive(startedMs: number): void {
    if (this.#probe?.startedMs !== startedMs) return
    this.#probe = undefined
    this.version++
  }

  /** Closes the breaker and clears its counts; the next opening is still longer if the last one was recent. */
  reset(): void {
    this.version++
    this.#clear()
  }

  /** The state to share with other processes. */
  sharedState(nowMs: number): BreakerState {
    const { cause, atMs, untilMs } = this.#opening ?? {}
    return {
      type: 'breaker',
      opening: cause && { cause, sinceMs: nowMs - atMs!, restMs: untilMs! - nowMs },
      probeMs: this.#probe && this.#probe.untilMs - nowMs,
      openings: this.#openings,
      restedMs: nowMs - this.#lastOpenEndedMs,
    }
  }

  /** Applies the state that another process sent at `receivedMs`. Returns whether that closed the breaker. */
  applyState({ opening, probeMs, openings, restedMs }: BreakerState, receivedMs: number): boolean {
    const wasOpen = this.#opening !== undefined
    if (!opening) this.#clear()
    else if (this.mayOpen) {
      const deferMs = MIN_DEFER_MS + DEFER_SPREAD_MS * this.#random()
      const { cause, sinceMs, restMs } = opening
      this.#opening = { cause, atMs: receivedMs - sinceMs, untilMs: receivedMs + restMs, deferMs }
      this.#probe = probeMs === undefined ? undefined : { startedMs: Number.NaN, untilMs: receivedMs + probeMs }
    }
    this.#openings = Math.max(this.#openings, openings)
    this.#lastOpenEndedMs = Math.max(this.#lastOpenEndedMs, receivedMs - restedMs)
    return wasOpen && !opening
  }

  /** The process that sent the probe has ended without a result: another probe is allowed. */
  probeLost(): void {
    this.#probe = undefined
  }

  #clear(): void {
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

  #openIf(cause: Opening['cause'], isOverLimit: boolean, startedMs: number, nowMs: number): boolean {
    const isDue = this.#opening ? startedMs >= this.#opening.untilMs : isOverLimit
    if (!isDue || !this.mayOpen) return false
    if (nowMs - this.#lastOpenEndedMs > QUIET_MS) this.#openings = 0
    this.#openings++
    const { openMs } = this.limits
    const longestMs = Math.max(MAX_OPEN_MS, openMs)
    this.#lastOpenEndedMs = nowMs + spread(Math.min(openMs * 2 ** (this.#openings - 1), longestMs), this.#random)
    this.#opening = { cause: this.#opening?.cause ?? cause, atMs: nowMs, untilMs: this.#lastOpenEndedMs, deferMs: 0 }
    this.#probe = undefined
    this.version++
    this.#attempts.clear()
    this.#streams.clear()
    return true
  }
}
