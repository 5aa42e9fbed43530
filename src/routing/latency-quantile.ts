/** Buckets per doubling: a quantile is exact to a twelfth. */
const PER_DOUBLING = 8
/** From 1 ms to 17 minutes. */
const DOUBLINGS = 20
const BUCKETS = PER_DOUBLING * DOUBLINGS + 1
/** At this number of samples all counts are halved, so that the last few hundred samples dominate. */
const MAX_SAMPLES = 512

/** Quantiles of recent latencies, from a histogram in steps of 9 %. It takes 1.3 KB, whatever the number of samples. */
export class LatencyQuantile {
  readonly #counts = new Float64Array(BUCKETS)
  #total = 0

  /** The weighted number of samples: older ones count less. */
  get count(): number {
    return this.#total
  }

  observe(ms: number): void {
    this.#counts[bucketOf(ms)]!++
    if (++this.#total >= MAX_SAMPLES) this.#halve()
  }

  /**
   * The latency that the fraction `quantile` of the samples did not exceed, or up to one step more; undefined
   * without samples.
   */
  at(quantile: number): number | undefined {
    if (this.#total === 0) return undefined
    let left = quantile * this.#total
    let bucket = -1
    do left -= this.#counts[++bucket]!
    while (left > 0 && bucket < BUCKETS - 1)
    return upperEdge(bucket)
  }

  #halve(): void {
    this.#total = 0
    for (let bucket = 0; bucket < BUCKETS; bucket++) this.#total += this.#counts[bucket]! /= 2
  }
}

const bucketOf = (ms: number): number =>
  Math.min(BUCKETS - 1, Math.max(0, Math.ceil(Math.log2(Math.max(ms, 1)) * PER_DOUBLING)))

const upperEdge = (bucket: number): number => 2 ** (bucket / PER_DOUBLING)
