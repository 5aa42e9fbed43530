// What a load has measured so far.
import type { CallFailure, FailureKind } from './connection.ts'
import { Histogram } from './histogram.ts'

export interface FailureCount {
  readonly kind: FailureKind
  count: number
  /** The message of the first one. */
  readonly example: string
}

/** All times in microseconds. */
export class Tally {
  latency = new Histogram()
  firstToken = new Histogram()
  /** Between one streamed chunk and the next. */
  gaps = new Histogram()
  chunks = 0
  receivedBytes = 0
  failures = new Map<FailureKind, FailureCount>()
  inFlight = 0
  /** Requests that were still in flight when the load was stopped. */
  unfinished = 0

  get succeeded(): number {
    return this.latency.count
  }

  get failed(): number {
    let sum = 0
    for (const { count } of this.failures.values()) sum += count
    return sum
  }

  recordChunks(count: number, gapMicros: number): void {
    this.chunks += count
    this.gaps.record(gapMicros)
    // The others arrived with the same bytes.
    for (let more = 1; more < count; more++) this.gaps.record(0)
  }

  recordFailure({ kind, message }: CallFailure): void {
    const known = this.failures.get(kind)
    if (known) known.count++
    else this.failures.set(kind, { kind, count: 1, example: message })
  }

  /** Resets the measurements at the end of a warm-up. Requests in flight stay counted. */
  clear(): void {
    this.latency = new Histogram()
    this.firstToken = new Histogram()
    this.gaps = new Histogram()
    this.chunks = 0
    this.receivedBytes = 0
    this.failures = new Map()
  }
}
