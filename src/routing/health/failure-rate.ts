const BUCKETS = 6

/**
 * The failure rate over a sliding window of six equal buckets. The window slides by one bucket at a time, so it covers five to
 * six sixths of `windowMs`. Recording allocates nothing.
 */
export class FailureRate {
  readonly #bucketMs: number
  readonly #counts = new Float64Array(BUCKETS)
  readonly #failures = new Float64Array(BUCKETS)
  #bucket = 0

  constructor(windowMs: number) {
    this.#bucketMs = windowMs / BUCKETS
  }

  record(isFailure: boolean, nowMs: number): void {
    const index = this.#advanceTo(nowMs)
    this.#counts[index]!++
    if (isFailure) this.#failures[index]!++
  }

  /** Whether the window has at least `minSamples` samples and more than half of them are failures. */
  exceedsHalf(minSamples: number, nowMs: number): boolean {
    this.#advanceTo(nowMs)
    let count = 0
    let failures = 0
    for (let index = 0; index < BUCKETS; index++) {
      count += this.#counts[index]!
      failures += this.#failures[index]!
    }
    return count >= minSamples && failures > count / 2
  }

  clear(): void {
    this.#counts.fill(0)
    this.#failures.fill(0)
  }

  /** Clears the buckets that have left the window. If the clock goes back, the current bucket stays. */
  #advanceTo(nowMs: number): number {
    const bucket = Math.max(this.#bucket, Math.floor(nowMs / this.#bucketMs))
    const passed = Math.min(bucket - this.#bucket, BUCKETS)
    for (let step = 0; step < passed; step++) {
      const index = (bucket - step) % BUCKETS
      this.#counts[index] = 0
      this.#failures[index] = 0
    }
    this.#bucket = bucket
    return bucket % BUCKETS
  }
}
