import { FairQueue } from './fair-queue.ts'
import { PRIORITIES } from './priority.ts'
import { wakeWaiters } from './wake-waiters.ts'
import type { Destination, RejectionReason, Waiter, WaitingPool } from './waiter.ts'
import { Workload } from './workload.ts'

export interface AdmissionLimits {
  /** The largest number of waiting calls; 0: calls are rejected at once. */
  readonly maxQueued: number
  readonly maxWaitMs: number
  /** The largest total size of their bodies. */
  readonly maxBytes: number
}

/** A waiter and its position. */
interface Entry<To extends Destination> {
  readonly waiter: Waiter<To>
  readonly caller: string
  readonly cost: number
  readonly order: number
  readonly enteredMs: number
  readonly maxWaitMs: number
  /** Calls with the same set choose among the same endpoints. */
  readonly endpoints: ReadonlySet<To['endpoint']>
  band: number
  isPromoted: boolean
}

interface Band<To extends Destination> {
  /** Calls that are retried after a failure; they come before the others. */
  readonly retries: Set<Entry<To>>
  readonly fair: FairQueue<Entry<To>>
}

/**
 * A fraction of the time that a call may wait. A call is queued only if its expected wait is below it, and is promoted to the
 * next band when it has waited that long. With a larger fraction, all calls would be promoted under lasting overload, and
 * priorities would have no effect.
 */
const PROMOTE_AFTER_SHARE = 0.5

/** Smoothing factor of the bands' shares. */
const SHARE_ALPHA = 0.02

/** Upper bound for the share of higher bands, so that the expected wait of a lower band is long but finite. */
const MAX_SHARE = 0.95

/** The `retry-after` while nothing has been learned for an estimate. */
const DEFAULT_RETRY_AFTER_MS = 1000

/**
 * The calls of a pool that wait because every endpoint is at its limit. Free slots go to the highest band, and within a band to
 * clients in turn. The slot is reserved at that moment, so that a later call cannot take it. A call whose expected wait is too
 * long is rejected at once. There is no clock and no timer: time is an argument, and `check` has to be called regularly while
 * calls wait.
 */
export class AdmissionQueue<To extends Destination> implements WaitingPool {
  readonly workload = new Workload()
  #limits: AdmissionLimits
  #endpoints: ReadonlySet<To['endpoint']>
  /** The same, and those of waiting calls that began before a reload. */
  #watched: ReadonlySet<To['endpoint']>
  /** Waiting calls with other endpoints than the pool has now. */
  #outdated = 0
  /** Created for the first call that has to wait: there can be thousands of queues in which none ever does. */
  #createdBands: readonly Band<To>[] | undefined
  readonly #entries = new Map<Waiter<To>, Entry<To>>()
  /** The share of each band in recent admissions. */
  readonly #shares: number[] = PRIORITIES.map(() => 0)
  #bytes = 0
  #arrivals = 0

  constructor(limits: AdmissionLimits, endpoints: ReadonlySet<To['endpoint']>) {
    this.#limits = limits
    this.#endpoints = this.#watched = endpoints
  }

  get #bands(): readonly Band<To>[] {
    return (this.#createdBands ??= PRIORITIES.map(() => ({ retries: new Set(), fair: new FairQueue() })))
  }

  get endpoints(): ReadonlySet<To['endpoint']> {
    return this.#endpoints
  }

  /** Takes the settings of another configuration. Waiting calls keep their positions, their time and their endpoints. */
  configure(limits: AdmissionLimits, endpoints: ReadonlySet<To['endpoint']>): void {
    this.#limits = limits
    if (endpoints === this.#endpoints) return
    this.#endpoints = endpoints
    this.#outdated = 0
    for (const entry of this.#entries.values()) if (entry.endpoints !== endpoints) this.#outdated++
    this.#watch(this.#outdated > 0 ? this.#watched.union(endpoints) : endpoints)
  }

  get size(): number {
    return this.#entries.size
  }

  get bytes(): number {
    return this.#bytes
  }

  /** The index of the highest band with waiting calls, 0 is the highest; Infinity if there are none. */
  get urgency(): number {
    if (this.size === 0) return Infinity
    const band = this.#bands.findIndex(({ retries, fair }) => retries.size + fair.size > 0)
    return band === -1 ? Infinity : band
  }

  /** Queues a call, or settles it at once. */
  enter(waiter: Waiter<To>, nowMs: number): void {
    const maxWaitMs = Math.min(this.#limits.maxWaitMs, waiter.maxWaitMs)
    const { caller, cost } = waiter
    const band = PRIORITIES.indexOf(waiter.priority)
    const { endpoints = this.#endpoints } = waiter
    const position = { order: this.#arrivals++, enteredMs: nowMs, maxWaitMs, endpoints, band, isPromoted: false }
    const entry = { waiter, caller, cost, ...position }
    const reason = this.#rejectionReason(entry, nowMs)
    if (reason) return this.#reject(entry, reason, nowMs)
    this.#insert(entry)
    // If it is alone, it has just found no capacity. Behind others, there can be capacity that only it can use.
    if (this.size > 1) this.wake(nowMs)
  }

  /** Removes a waiter; does nothing if it was settled already. */
  leave(waiter: Waiter<To>): void {
    const entry = this.#entries.get(waiter)
    if (entry) this.#remove(entry)
  }

  /** Admits waiting calls in order as long as there is capacity. */
  wake(nowMs: number): void {
    for (const endpoint of this.#watched) if (endpoint.hasCapacity) wakeWaiters(endpoint, nowMs)
  }

  /** Admits the next call; false if there is no capacity for it. */
  admitNext(nowMs: number): boolean {
    if (this.#outdated > 0) return this.#admitByEndpoints(nowMs)
    for (const { retries, fair } of this.#bands) {
      for (const entry of retries) if (this.#admit(entry, nowMs)) return true
      const next = fair.next()
      if (next) return this.#admit(next, nowMs)
    }
    return false
  }

  /** If the first call finds its endpoints at their limits, a call with other endpoints may not. */
  #admitByEndpoints(nowMs: number): boolean {
    const full = new Set<ReadonlySet<To['endpoint']>>()
    for (const { retries, fair } of this.#bands) {
      for (const entry of retries) if (this.#admit(entry, nowMs)) return true
      const next = fair.next()
      for (const entry of next ? [next, ...fair] : []) {
        if (full.has(entry.endpoints)) continue
        if (this.#admit(entry, nowMs)) return true
        full.add(entry.endpoints)
      }
    }
    return false
  }

  /**
   * Admits what it can, rejects calls whose time has expired, promotes those that have waited half of it. True if
   * no call waits.
   */
  check(nowMs: number): boolean {
    this.wake(nowMs)
    for (const entry of this.#entries.values()) {
      const waitedMs = nowMs - entry.enteredMs
      if (waitedMs >= entry.maxWaitMs) this.#reject(entry, 'expired', nowMs)
      else if (!entry.isPromoted && entry.band > 0 && waitedMs >= entry.maxWaitMs * PROMOTE_AFTER_SHARE)
        this.#promote(entry)
    }
    return this.size === 0
  }

  /** Why this call is not queued; undefined if it is. Displaces calls of lower rank if the queue is full. */
  #rejectionReason(entry: Entry<To>, nowMs: number): RejectionReason | undefined {
    const { maxQueued, maxBytes } = this.#limits
    const { bytes, isRetry } = entry.waiter
    if (maxQueued === 0) return 'off'
    if (bytes > maxBytes) return 'bytes'
    if (!isRetry && (this.#expectedWaitMs(entry) ?? 0) > entry.maxWaitMs * PROMOTE_AFTER_SHARE) return 'wait'
    while (this.size >= maxQueued || this.#bytes + bytes > maxBytes) {
      const displaced = this.#displaceableBy(entry)
      if (!displaced) return this.size >= maxQueued ? 'full' : 'bytes'
      this.#reject(displaced, 'displaced', nowMs)
    }
    return undefined
  }

  /** The newest call of the lowest band below; in the same band, a call of the client that takes up most of the queue. */
  #displaceableBy({ band, caller, cost }: Entry<To>): Entry<To> | undefined {
    const below = this.#bands.findLast(({ fair }, index) => index > band && fair.size > 0)
    return below ? below.fair.newest() : this.#bands[band]!.fair.excess(caller, cost)
  }

  #admit(entry: Entry<To>, nowMs: number): boolean {
    const candidate = entry.waiter.choose()
    if (!candidate) return false
    const { endpoint } = candidate
    // At an impaired endpoint, one reserved slot at a time: otherwise all waiting calls would be its probe.
    if (endpoint.reserved > 0 && endpoint.health.isImpaired) return false
    if (!entry.waiter.isRetry) this.#bands[entry.band]!.fair.charge(entry)
    this.#remove(entry)
    endpoint.reserve()
    this.#countAdmission(entry.waiter)
    entry.waiter.settle({ type: 'admitted', candidate, waitedMs: nowMs - entry.enteredMs })
    return true
  }

  #reject(entry: Entry<To>, reason: RejectionReason, nowMs: number): void {
    this.#remove(entry)
    const retryAfterMs = this.#expectedWaitMs(entry) ?? DEFAULT_RETRY_AFTER_MS
    entry.waiter.settle({ type: 'rejected', reason, retryAfterMs, waitedMs: nowMs - entry.enteredMs })
  }

  /** The expected wait of a call that arrives now, in milliseconds. */
  #expectedWaitMs({ band, caller, cost }: Entry<To>): number | undefined {
    let ahead = this.#bands[band]!.fair.workBefore(caller, cost)
    for (let higher = 0; higher < band; higher++) ahead += this.#bands[higher]!.fair.work
    let slots = 0
    // If other pools wait for an endpoint too, only a share of its slots becomes free for this one.
    for (const { inFlight, waiting } of this.#watched) slots += inFlight / Math.max(1, waiting.size)
    // Calls of higher bands that arrive later will be admitted before it too.
    return this.workload.expectedWaitMs(ahead, slots * (1 - this.#shareAbove(band)))
  }

  /** The share of higher bands in recent admissions. */
  #shareAbove(band: number): number {
    let share = 0
    for (let higher = 0; higher < band; higher++) share += this.#shares[higher]!
    return Math.min(MAX_SHARE, share)
  }

  #countAdmission({ priority }: Waiter<To>): void {
    for (const [band, each] of PRIORITIES.entries())
      this.#shares[band]! += SHARE_ALPHA * ((each === priority ? 1 : 0) - this.#shares[band]!)
  }

  #insert(entry: Entry<To>): void {
    if (entry.endpoints !== this.#endpoints) {
      this.#outdated++
      this.#watch(this.#watched.union(entry.endpoints))
    }
    if (this.size === 0) for (const { waiting } of this.#watched) waiting.add(this)
    this.#entries.set(entry.waiter, entry)
    this.#bytes += entry.waiter.bytes
    this.#place(entry)
  }

  #watch(endpoints: ReadonlySet<To['endpoint']>): void {
    const before = this.#watched
    this.#watched = endpoints
    if (this.size === 0) return
    for (const { waiting } of before.difference(endpoints)) waiting.delete(this)
    for (const { waiting } of endpoints.difference(before)) waiting.add(this)
  }

  #place(entry: Entry<To>): void {
    const { retries, fair } = this.#bands[entry.band]!
    if (entry.waiter.isRetry) retries.add(entry)
    else fair.add(entry)
  }

  #remove(entry: Entry<To>): void {
    if (!this.#entries.delete(entry.waiter)) return
    this.#bytes -= entry.waiter.bytes
    this.#unplace(entry)
    if (this.size === 0) for (const { waiting } of this.#watched) waiting.delete(this)
    if (entry.endpoints !== this.#endpoints && --this.#outdated === 0) this.#watch(this.#endpoints)
  }

  #unplace(entry: Entry<To>): void {
    const { retries, fair } = this.#bands[entry.band]!
    if (!retries.delete(entry)) fair.remove(entry)
  }

  #promote(entry: Entry<To>): void {
    this.#unplace(entry)
    entry.band--
    entry.isPromoted = true
    this.#place(entry)
  }
}
