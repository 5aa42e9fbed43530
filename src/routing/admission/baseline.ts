/** Samples of one decision; fewer when fewer calls are in flight, but never so few that chance decides. */
const MOST_SAMPLES = 20
const LEAST_SAMPLES = 5

/** So near to the best that the best is still true. */
const CONFIRMS = 1.1

/**
 * The best slowness that an endpoint has shown at one kind of call, in medians of some calls each: one lucky answer from
 * a cache, or one long prompt, says nothing. Where it was not seen again for `ageMs` it has aged: the server may have
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

  /** Takes a sample; the median of the window that it completes, else undefined. */
  add(sample: number, limit: number): number | undefined {
    this.#samples.push(sample)
    if (this.#samples.length < Math.min(MOST_SAMPLES, Math.max(LEAST_SAMPLES, limit))) return undefined
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
    if (median <= this.#best! * CONFIRMS) this.#confirmedMs = nowMs
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
