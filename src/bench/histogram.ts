// Latencies in a fixed number of buckets whose width grows with the value, so a million values cost as much memory as ten.

const BUCKETS_PER_OCTAVE = 128
const EXACT_BELOW = 2 * BUCKETS_PER_OCTAVE
const MAX_VALUE = 2 ** 32 - 1
const BUCKETS = 25 * BUCKETS_PER_OCTAVE + BUCKETS_PER_OCTAVE

/** The furthest a quantile may lie from the true one, relative to it. */
export const MAX_RELATIVE_ERROR = 1 / EXACT_BELOW

export interface Summary {
  readonly count: number
  readonly min: number
  readonly mean: number
  readonly p50: number
  readonly p90: number
  readonly p99: number
  readonly p999: number
  readonly max: number
}

/**
 * Counts whole numbers between 0 and 2^32 - 1 (here microseconds); below 256 exactly, above within `MAX_RELATIVE_ERROR`.
 * The layout is that of HdrHistogram (http://hdrhistogram.org): every power of two is cut in equal slices.
 */
export class Histogram {
  count = 0
  min = Infinity
  max = 0
  private total = 0
  private readonly buckets = new Float64Array(BUCKETS)

  record(value: number): void {
    const whole = Math.min(Math.max(Math.round(value), 0), MAX_VALUE)
    this.buckets[bucketOf(whole)]!++
    this.count++
    this.total += whole
    if (whole < this.min) this.min = whole
    if (whole > this.max) this.max = whole
  }

  merge(other: Histogram): void {
    for (let index = 0; index < BUCKETS; index++) this.buckets[index]! += other.buckets[index]!
    this.count += other.count
    this.total += other.total
    this.min = Math.min(this.min, other.min)
    this.max = Math.max(this.max, other.max)
  }

  /** The value that a share `quantile` (0 to 1) of the recorded ones does not exceed: nearest rank; 0 when empty. */
  quantile(quantile: number): number {
    const rank = Math.max(Math.ceil(quantile * this.count), 1)
    let seen = 0
    for (let index = 0; index < BUCKETS; index++) {
      seen += this.buckets[index]!
      if (seen >= rank) return Math.min(Math.max(middleOf(index), this.min), this.max)
    }
    return 0
  }

  /** How many recorded values lie in `[from, to)`, to the precision of the buckets. */
  countBetween(from: number, to: number): number {
    let count = 0
    for (let index = 0; index < BUCKETS; index++) {
      const middle = middleOf(index)
      if (middle >= from && middle < to) count += this.buckets[index]!
    }
    return count
  }

  summary(): Summary {
    const at = (quantile: number) => this.quantile(quantile)
    const mean = this.count === 0 ? 0 : this.total / this.count
    const min = this.count === 0 ? 0 : this.min
    return { count: this.count, min, mean, p50: at(0.5), p90: at(0.9), p99: at(0.99), p999: at(0.999), max: this.max }
  }
}

function bucketOf(value: number): number {
  if (value < EXACT_BELOW) return value
  const shift = 24 - Math.clz32(value)
  return shift * BUCKETS_PER_OCTAVE + (value >>> shift)
}

function middleOf(index: number): number {
  const shift = Math.max(Math.floor(index / BUCKETS_PER_OCTAVE) - 1, 0)
  const low = (index - shift * BUCKETS_PER_OCTAVE) * 2 ** shift
  return low + (2 ** shift - 1) / 2
}
