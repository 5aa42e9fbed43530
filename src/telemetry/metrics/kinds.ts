import { createBucketFinder, type FindBucket } from './buckets.ts'
import { numberText, sampleText } from './text.ts'

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

/** What makes one type of metric differ from another. `labels` is the text between the braces. */
export interface Kind<Child> {
  readonly type: 'counter' | 'gauge' | 'histogram'
  /** What a family of this name adds to its name in its samples. */
  readonly suffixes: readonly string[]
  create(): Child
  write(name: string, labels: string, child: Child): string
}

export const counterKind: Kind<Counter> = {
  type: 'counter',
  suffixes: [''],
  create: () => new Counter(),
  write: (name, labels, child) => sampleText(name, labels, child.value),
}

export const gaugeKind: Kind<Gauge> = {
  type: 'gauge',
  suffixes: [''],
  create: () => new Gauge(),
  write: (name, labels, child) => sampleText(name, labels, child.value),
}

/** `bounds` ascend, are finite and at least one; the bucket `+Inf` is added. */
export function histogramKind(bounds: readonly number[], onIgnored: () => void): Kind<Histogram> {
  const find = createBucketFinder(bounds)
  const edges = [...bounds, Infinity].map((bound) => `le="${numberText(bound)}"`)
  return {
    type: 'histogram',
    suffixes: ['', '_bucket', '_sum', '_count'],
    create: () => new Histogram(new Float64Array(edges.length), find, onIgnored),
    write(name, labels, child) {
      const prefix = labels === '' ? '' : `${labels},`
      let text = ''
      let count = 0
      for (const [index, edge] of edges.entries()) {
        count += child.counts[index]!
        text += sampleText(`${name}_bucket`, prefix + edge, count)
      }
      return text + sampleText(`${name}_sum`, labels, child.sum) + sampleText(`${name}_count`, labels, count)
    },
  }
}
