import { Baseline } from './baseline.ts'

export interface AdaptiveOptions {
  /** Calls in flight to begin with. */
  readonly initial?: number
  /**
   * The limit is lowered if the endpoint is slower than its best by this factor. With a full batch and no queue, the first
   * token of a short prompt takes about four times as long as on an idle server. A lower factor would waste throughput.
   */
  readonly bound?: number
  /** How long the best known slowness is valid without being observed again. */
  readonly ageMs?: number
}

/** A stream that began, or a complete response that ended. */
export interface Observation {
  /** Identifies comparable calls: the same model, streamed or not. */
  readonly kind: string
  /** Time for expected work, see expectedWorkMs. */
  readonly slowness: number
  /** When its attempt was sent, and now. */
  readonly startedMs: number
  readonly nowMs: number
  /** Calls in flight there now. */
  readonly inFlight: number
}

/** No server gains throughput from more calls in flight than this. */
const MAX_LIMIT = 4096

/** If at half the limit the slowness is still at least this fraction of what it was, the lower limit has not helped. */
const UNCHANGED_RATIO = 0.8

/**
 * The concurrency limit of an endpoint, learned from the latency of its first tokens. While the latency is near its best, the
 * limit rises by its square root. It falls if the latency exceeds the best by the factor `bound`, or if the endpoint returns
 * an overload error. Only attempts sent after a change are used to judge it. The best latency is measured again at half the
 * limit when it has aged, and is replaced when a lower limit did not help, since then the server has changed.
 * Sources: TCP Vegas (Brakmo and Peterson, 1995); Netflix concurrency-limits (Vegas, Gradient2); RFC 5681 (slow start).
 */
export class AdaptiveLimit {
  limit: number
  readonly #bound: number
  readonly #ageMs: number
  readonly #baselines = new Map<string, Baseline>()
  #changedMs = -Infinity
  /** Whether the limit was reached at some time since the last change. */
  #isUsed = false
  #isStarting = true
  /** The limit before it began to fall, and the slowness ratio at that time. */
  #beforeFall: { readonly limit: number; readonly ratio: number } | undefined
  /** The limit to restore when the best has been measured again. */
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
    if (ratio > this.#bound) this.#handleSlowness(baseline, median, ratio, nowMs)
    else if (baseline.hasAged(nowMs)) this.#remeasure(nowMs)
    else this.#raise(nowMs)
  }

  /**
   * The endpoint rejected an attempt as overloaded. Attempts sent before the last change are ignored: they report
   * the same overload.
   */
  overloaded(startedMs: number, nowMs: number): void {
    if (startedMs >= this.#changedMs) this.#lower(0.7, nowMs)
  }

  #baseline(kind: string): Baseline {
    let baseline = this.#baselines.get(kind)
    if (!baseline) this.#baselines.set(kind, (baseline = new Baseline(this.#ageMs)))
    return baseline
  }

  #handleSlowness(baseline: Baseline, median: number, ratio: number, nowMs: number): void {
    const before = (this.#beforeFall ??= { limit: this.limit, ratio })
    const hasHalved = this.limit <= Math.max(1, before.limit / 2)
    if (hasHalved && ratio >= before.ratio * UNCHANGED_RATIO) {
      baseline.relearn(median, nowMs)
      this.#beforeFall = undefined
      return this.#change(before.limit, nowMs)
    }
    if (hasHalved) this.#beforeFall = { limit: this.limit, ratio }
    this.#lower(0.9, nowMs)
  }

  #lower(factor: number, nowMs: number): void {
    this.#isStarting = false
    this.#resumeAt = undefined
    this.#change(Math.max(1, Math.floor(this.limit * factor)), nowMs)
  }

  /** Raises the limit only if it was reached: otherwise nothing is known about a higher one. */
  #raise(nowMs: number): void {
    this.#beforeFall = undefined
    if (!this.#isUsed) return
    const step = this.#isStarting ? this.limit / 2 : Math.sqrt(this.limit)
    this.#change(Math.min(MAX_LIMIT, this.limit + Math.ceil(step)), nowMs)
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
