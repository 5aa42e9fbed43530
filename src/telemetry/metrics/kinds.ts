import { createBucketFinder, type FindBucket } from './buckets.ts'

/** A number that only grows. */
export class Counter {
  value = 0

  /** Adds `by`. Less than nothing, NaN and Infinity are passed over: a counter that falls or is not a number is lost. */
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
  /** How many fell into each bucket and no lower one; the last has no bound. Doubles, since 2^32 calls are a few weeks. */
  readonly counts: Float64Array
  readonly #find: FindBucket
  readonly #onIgnored: () => void

  constructor(counts: Float64Array, find: FindBucket, onIgnored: () => void) {
    this.counts = counts
    this.#find = find
    this.#onIgnored = onIgnored
  }

  /** NaN and the infinities are counted as ignored: one of them would make the sum useless until the next start. */
  observe(value: number): void {
    if (!Number.isFinite(value)) return this.#onIgnored()
    this.counts[this.#find(value)]!++
    this.sum += value
  }
}

/** What makes one type of metric differ from another. */
export interface Kind<Child> {
  readonly type: 'counter' | 'gauge' | 'histogram'
  /** What a family of this name adds to its name in its samples. */
  readonly suffixes: readonly string[]
  /** Upper bounds of a histogram's buckets, without +Inf. */
  readonly bounds: readonly number[]
  create(): Child
  /** The values of a series as a snapshot has them. */
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

/** `bounds` ascend, are finite and at least one; the bucket `+Inf` is added. */
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
