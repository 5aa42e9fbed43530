/** Samples per decision: fewer if fewer calls are in flight, but enough to be significant. */
const MAX_SAMPLES = 20
const MIN_SAMPLES = 5

/** A median up to this factor above the best confirms it. */
const CONFIRM_RATIO = 1.1

/**
 * The best slowness of an endpoint for one kind of call, as the median of several calls: a single response from a cache, or a
 * single long prompt, is not significant. If it was not observed again for `ageMs`, it has aged: the server can have
 * changed.
 */
export class Baseline {
  readonly #ageMs: number
  readonly #samples: number[] = []
  #best: number | undefined
  #confirmedMs = 0

  constructor(ageMs: number) {
    this.#ageMs = ageMs
  }

  get best(): number | undefined {
    return this.#best
  }

  /** Adds a sample. Returns the median if the sample completes a window, otherwise undefined. */
  add(sample: number, limit: number): number | undefined {
    this.#samples.push(sample)
    if (this.#samples.length < Math.min(MAX_SAMPLES, Math.max(MIN_SAMPLES, limit))) return undefined
    const median = this.#samples.toSorted((a, b) => a - b)[this.#samples.length >> 1]!
    this.forgetSamples()
    return median
  }

  forgetSamples(): void {
    this.#samples.length = 0
  }

  /** How many times slower than the best this median is; a new best is 1. */
  ratio(median: number, nowMs: number): number {
    if (this.#best === undefined || median < this.#best) this.relearn(median, nowMs)
    if (median <= this.#best! * CONFIRM_RATIO) this.#confirmedMs = nowMs
    return median / this.#best!
  }

  hasAged(nowMs: number): boolean {
    return nowMs - this.#confirmedMs > this.#ageMs
  }

  relearn(median: number, nowMs: number): void {
    this.#best = median
    this.#confirmedMs = nowMs
  }
}
