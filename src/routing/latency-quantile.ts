/** Buckets for each doubling: a quantile is right to a twelfth. */
const PER_DOUBLING = 8
/** From 1 ms to 17 minutes. */
const DOUBLINGS = 20
const BUCKETS = PER_DOUBLING * DOUBLINGS + 1
/** At so many samples all count half: what is true now is what the last few hundred say. */
const MOST = 512

/** Quantiles of latencies of late, from a histogram in steps of 9 %; 1.3 KB whatever it has seen. */
export class LatencyQuantile {
  readonly #counts = new Float64Array(BUCKETS)
  #total = 0

  /** So many samples count, older ones less. */
  get count(): number {
    return this.#total
  }

  observe(ms: number): void {
    this.#counts[bucketOf(ms)]!++
    if (++this.#total >= MOST) this.#halve()
  }

  /** At most one step above the latency that the share `quantile` of the samples stayed within; undefined without any. */
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
