import { createBucketFinder, type FindBucket } from './buckets.ts'

/** A number that only grows. */
export class Counter {
  value = 0

  /** Adds `by`. Negative numbers, NaN and Infinity are ignored: they would make the counter unusable. */
  inc(by = 1): void {
    if (by > 0 && by < Infinity) this.value += by
  }
}

/** A number that goes up and down. */
export class Gauge {
  value = 0

  set(value: number): void {
    this.value = value
  }

  inc(by = 1): void {
    this.value += by
  }

  dec(by = 1): void {
    this.value -= by
  }
}

export class Histogram {
  sum = 0
  /**
   * Observations per bucket, not cumulative; the last bucket has no bound. Doubles, since 2^32 is reached within weeks.
   */
  readonly counts: Float64Array
  readonly #find: FindBucket
  readonly #onIgnored: () => void

  constructor(counts: Float64Array, find: FindBucket, onIgnored: () => void) {
    this.counts = counts
    this.#find = find
    this.#onIgnored = onIgnored
  }

  /** NaN and infinities are only counted as ignored: they would make the sum unusable until the next start. */
  observe(value: number): void {
    if (!Number.isFinite(value)) return this.#onIgnored()
    this.counts[this.#find(value)]!++
    this.sum += value
  }
}

/** A type of metric. */
export interface Kind<Child> {
  readonly type: 'counter' | 'gauge' | 'histogram'
  /** Suffixes of the family's name in its samples. */
  readonly suffixes: readonly string[]
  /** Upper bounds of a histogram's buckets, without +Inf. */
  readonly bounds: readonly number[]
  create(): Child
  /** The values of a series, as in a snapshot. */
  read(child: Child): readonly number[]
}

export const counterKind: Kind<Counter> = {
  type: 'counter',
  suffixes: [''],
  bounds: [],
  create: () => new Counter(),
  read: ({ value }) => [value],
}

export const gaugeKind: Kind<Gauge> = {
  type: 'gauge',
  suffixes: [''],
  bounds: [],
  create: () => new Gauge(),
  read: ({ value }) => [value],
}

/** `bounds` must be finite, ascending and not empty; the bucket `+Inf` is added. */
export function histogramKind(bounds: readonly number[], onIgnored: () => void): Kind<Histogram> {
  const find = createBucketFinder(bounds)
  return {
    type: 'histogram',
    suffixes: ['', '_bucket', '_sum', '_count'],
    bounds,
    create: () => new Histogram(new Float64Array(bounds.length + 1), find, onIgnored),
    read: ({ sum, counts }) => [sum, ...counts],
  }
}
