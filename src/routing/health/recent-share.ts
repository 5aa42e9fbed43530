const BUCKETS = 6

/**
 * How large a share of what happened lately was bad, over a window of six equal buckets. The window slides by a bucket at a
 * time, so it covers five to six sixths of `windowMs`. Recording allocates nothing.
 */
export class RecentShare {
  readonly #bucketMs: number
  readonly #counts = new Float64Array(BUCKETS)
  readonly #bad = new Float64Array(BUCKETS)
  #bucket = 0

  constructor(windowMs: number) {
    this.#bucketMs = windowMs / BUCKETS
  }

  record(isBad: boolean, nowMs: number): void {
    const index = this.#moveTo(nowMs)
    this.#counts[index]!++
    if (isBad) this.#bad[index]!++
  }

  /** Whether at least `least` things happened lately and more than half of them were bad. */
  isMostlyBad(least: number, nowMs: number): boolean {
    this.#moveTo(nowMs)
    let count = 0
    let bad = 0
    for (let index = 0; index < BUCKETS; index++) {
      count += this.#counts[index]!
      bad += this.#bad[index]!
    }
    return count >= least && bad > count / 2
  }

  clear(): void {
    this.#counts.fill(0)
    this.#bad.fill(0)
  }

  /** Empties what has left the window. A clock that stands or goes back stays in its bucket. */
  #moveTo(nowMs: number): number {
    const bucket = Math.max(this.#bucket, Math.floor(nowMs / this.#bucketMs))
    const passed = Math.min(bucket - this.#bucket, BUCKETS)
    for (let step = 0; step < passed; step++) {
      const index = (bucket - step) % BUCKETS
      this.#counts[index] = 0
      this.#bad[index] = 0
    }
    this.#bucket = bucket
    return bucket % BUCKETS
  }
}
