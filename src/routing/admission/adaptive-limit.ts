import { Baseline } from './baseline.ts'

export interface AdaptiveOptions {
  /** Calls in flight to begin with. */
  readonly initial?: number
  /**
   * Slower than the best by this much is too many. With a full batch and nobody waiting the first token of a short prompt
   * comes some four times later than on an idle server, so that less would keep the server from its best.
   */
  readonly bound?: number
  /** How long the best known slowness is believed without being seen again. */
  readonly ageMs?: number
}

/** One answer that began, or a whole one that ended. */
export interface Observation {
  /** Calls that can be compared: the same model, streamed or whole. */
  readonly kind: string
  /** Time for expected work, see expectedWorkMs. */
  readonly slowness: number
  /** When its attempt was sent, and now. */
  readonly startedMs: number
  readonly nowMs: number
  /** Calls in flight there now. */
  readonly inFlight: number
}

/** Beyond this many calls in flight no server is better for having more. */
const MOST = 4096

/** Fewer calls made it no faster: at half the limit it is still this near to what it was. */
const UNCHANGED = 0.8

/**
 * How many calls an endpoint does well with, learned from how late its answers begin: while they come about as soon as at
 * its best, one more square root is tried; when they come later by `bound`, or it says that it is overloaded, fewer.
 * Each change is judged only by attempts sent after it. The best is measured anew at half the limit when it has aged, and
 * when fewer calls did not help, since then it is the server that has changed.
 * Sources: TCP Vegas (Brakmo and Peterson, 1995); Netflix concurrency-limits (Vegas, Gradient2); RFC 5681 (slow start).
 */
export class AdaptiveLimit {
  limit: number
  readonly #bound: number
  readonly #ageMs: number
  readonly #baselines = new Map<string, Baseline>()
  #changedMs = -Infinity
  /** Whether all places were taken at some time since the last change. */
  #isUsed = false
  #isStarting = true
  /** Where the limit stood before it began to fall, and how slow the endpoint was. */
  #fall: { readonly limit: number; readonly ratio: number } | undefined
  /** The limit to go back to when the best has been measured again. */
  #resumeAt: number | undefined

  constructor({ initial = 16, bound = 5, ageMs = 600_000 }: AdaptiveOptions = {}) {
    this.limit = initial
    this.#bound = bound
    this.#ageMs = ageMs
  }

  observe({ kind, slowness, startedMs, nowMs, inFlight }: Observation): void {
    if (startedMs < this.#changedMs) return
    if (inFlight >= this.limit) this.#isUsed = true
    const baseline = this.#baseline(kind)
    const median = baseline.add(slowness, this.limit)
    if (median === undefined) return
    if (this.#resumeAt !== undefined) return this.#resume(baseline, median, nowMs)
    const ratio = baseline.ratio(median, nowMs)
    if (ratio > this.#bound) this.#slow(baseline, median, ratio, nowMs)
    else if (baseline.hasAged(nowMs)) this.#remeasure(nowMs)
    else this.#raise(nowMs)
  }

  /** The endpoint refused an attempt for its load. Those sent before the last change are the same news again. */
  overloaded(startedMs: number, nowMs: number): void {
    if (startedMs >= this.#changedMs) this.#lower(0.7, nowMs)
  }

  #baseline(kind: string): Baseline {
    let baseline = this.#baselines.get(kind)
    if (!baseline) this.#baselines.set(kind, (baseline = new Baseline(this.#ageMs)))
    return baseline
  }

  #slow(baseline: Baseline, median: number, ratio: number, nowMs: number): void {
    const fall = (this.#fall ??= { limit: this.limit, ratio })
    const hasHalved = this.limit <= Math.max(1, fall.limit / 2)
    if (hasHalved && ratio >= fall.ratio * UNCHANGED) {
      baseline.relearn(median, nowMs)
      this.#fall = undefined
      return this.#change(fall.limit, nowMs)
    }
    if (hasHalved) this.#fall = { limit: this.limit, ratio }
    this.#lower(0.9, nowMs)
  }

  #lower(factor: number, nowMs: number): void {
    this.#isStarting = false
    this.#resumeAt = undefined
    this.#change(Math.max(1, Math.floor(this.limit * factor)), nowMs)
  }

  /** A limit that nobody reaches teaches nothing about a higher one. */
  #raise(nowMs: number): void {
    this.#fall = undefined
    if (!this.#isUsed) return
    const step = this.#isStarting ? this.limit / 2 : Math.sqrt(this.limit)
    this.#change(Math.min(MOST, this.limit + Math.ceil(step)), nowMs)
  }

  #remeasure(nowMs: number): void {
    this.#resumeAt = this.limit
    this.#change(Math.max(1, this.limit >> 1), nowMs)
  }

  #resume(baseline: Baseline, median: number, nowMs: number): void {
    baseline.relearn(median, nowMs)
    this.#change(this.#resumeAt!, nowMs)
    this.#resumeAt = undefined
  }

  #change(limit: number, nowMs: number): void {
    this.limit = limit
    this.#changedMs = nowMs
    this.#isUsed = false
    for (const baseline of this.#baselines.values()) baseline.forgetSamples()
  }
}
