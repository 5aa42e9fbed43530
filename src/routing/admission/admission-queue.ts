import type { Endpoint } from '../endpoint.ts'
import { FairQueue } from './fair-queue.ts'
import { PRIORITIES } from './priority.ts'
import { wakeWaiters } from './wake-waiters.ts'
import type { RefusalReason, Waiter } from './waiter.ts'
import { Workload } from './workload.ts'

export interface AdmissionLimits {
  /** Calls that may wait; 0 refuses at once. */
  readonly maxQueued: number
  readonly maxWaitMs: number
  /** Of their bodies. */
  readonly maxBytes: number
}

/** A waiter in its place. */
interface Entry {
  readonly waiter: Waiter
  readonly caller: string
  readonly cost: number
  readonly order: number
  readonly enteredMs: number
  readonly maxWaitMs: number
  /** Calls with the same set choose among the same endpoints. */
  readonly endpoints: ReadonlySet<Endpoint>
  band: number
  hasMoved: boolean
}

interface Band {
  /** Those who come back after a failure, first. */
  readonly again: Set<Entry>
  readonly fair: FairQueue<Entry>
}

/**
 * Of the time that a call may wait. It is let in when this much should do, and moves up when it did not. With more let in,
 * all of them would move up under lasting overload, and the bands would be one.
 */
const FIRST_PART = 0.5

/** How fast the shares of the bands follow. */
const SHARE_ALPHA = 0.02

/** A band that got nothing lately may get something soon: its wait is long, but a number. */
const MOST_SHARE = 0.95

/** Said when nothing has been learned that would allow a better guess. */
const UNKNOWN_WAIT_MS = 1000

/**
 * The calls of a pool that found every endpoint full. Room is given to the highest band, inside a band to callers in turn,
 * and the place is taken for them at that moment: whoever comes later finds no room that somebody waits for. Who would
 * wait too long is told so at once. It has no clock and no timer: time is an argument, and `check` wants to be called
 * every now and then while anybody waits.
 */
export class AdmissionQueue {
  readonly workload = new Workload()
  #limits: AdmissionLimits
  #endpoints: ReadonlySet<Endpoint>
  /** The same, and those of waiting calls that began before a reload. */
  #watched: ReadonlySet<Endpoint>
  /** Waiting calls with other endpoints than the pool has now. */
  #outdated = 0
  readonly #bands: readonly Band[] = PRIORITIES.map(() => ({ again: new Set(), fair: new FairQueue() }))
  readonly #entries = new Map<Waiter, Entry>()
  /** Of each band, in what was let in lately. */
  readonly #shares: number[] = PRIORITIES.map(() => 0)
  #bytes = 0
  #arrivals = 0

  constructor(limits: AdmissionLimits, endpoints: ReadonlySet<Endpoint>) {
    this.#limits = limits
    this.#endpoints = this.#watched = endpoints
  }

  get endpoints(): ReadonlySet<Endpoint> {
    return this.#endpoints
  }

  /** Takes the settings of another configuration. Waiting calls keep their positions, their time and their endpoints. */
  configure(limits: AdmissionLimits, endpoints: ReadonlySet<Endpoint>): void {
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

  /** The highest band in which somebody waits, 0 is the first; Infinity when nobody does. */
  get urgency(): number {
    const band = this.#bands.findIndex(({ again, fair }) => again.size + fair.size > 0)
    return band === -1 ? Infinity : band
  }

  /** Takes a call in, or settles it at once. */
  enter(waiter: Waiter, nowMs: number): void {
    const maxWaitMs = Math.min(this.#limits.maxWaitMs, waiter.maxWaitMs)
    const { caller, cost } = waiter
    const band = PRIORITIES.indexOf(waiter.priority)
    const { endpoints = this.#endpoints } = waiter
    const position = { order: this.#arrivals++, enteredMs: nowMs, maxWaitMs, endpoints, band, hasMoved: false }
    const entry = { waiter, caller, cost, ...position }
    const reason = this.#objection(entry, nowMs)
    if (reason) return this.#refuse(entry, reason, nowMs)
    this.#insert(entry)
    // Alone it has just looked; behind others there may be room that only it can use.
    if (this.size > 1) this.wake(nowMs)
  }

  /** The waiter is not there any more; nothing when it was settled already. */
  leave(waiter: Waiter): void {
    const entry = this.#entries.get(waiter)
    if (entry) this.#remove(entry)
  }

  /** Gives room to those whose turn it is, as long as there is any. */
  wake(nowMs: number): void {
    for (const endpoint of this.#watched) if (endpoint.hasRoom) wakeWaiters(endpoint, nowMs)
  }

  /** Lets one more in; false when there is no room for any. */
  offer(nowMs: number): boolean {
    if (this.#outdated > 0) return this.#offerByEndpoints(nowMs)
    for (const { again, fair } of this.#bands) {
      for (const entry of again) if (this.#admit(entry, nowMs)) return true
      const next = fair.next()
      if (next) return this.#admit(next, nowMs)
    }
    return false
  }

  /** Where the first call finds its endpoints at their limits, a call with other endpoints may not. */
  #offerByEndpoints(nowMs: number): boolean {
    const full = new Set<ReadonlySet<Endpoint>>()
    for (const { again, fair } of this.#bands) {
      for (const entry of again) if (this.#admit(entry, nowMs)) return true
      const next = fair.next()
      for (const entry of next ? [next, ...fair] : []) {
        if (full.has(entry.endpoints)) continue
        if (this.#admit(entry, nowMs)) return true
        full.add(entry.endpoints)
      }
    }
    return false
  }

  /** Looks for room, refuses those whose time is up, moves up those who waited half of it. True when nobody waits. */
  check(nowMs: number): boolean {
    this.wake(nowMs)
    for (const entry of this.#entries.values()) {
      const waitedMs = nowMs - entry.enteredMs
      if (waitedMs >= entry.maxWaitMs) this.#refuse(entry, 'expired', nowMs)
      else if (!entry.hasMoved && entry.band > 0 && waitedMs >= entry.maxWaitMs * FIRST_PART) this.#moveUp(entry)
    }
    return this.size === 0
  }

  /** Why this call should not wait; makes place for it if others have a weaker claim. */
  #objection(entry: Entry, nowMs: number): RefusalReason | undefined {
    const { maxQueued, maxBytes } = this.#limits
    const { bytes, isRetry } = entry.waiter
    if (maxQueued === 0) return 'off'
    if (bytes > maxBytes) return 'bytes'
    if (!isRetry && (this.#waitMs(entry) ?? 0) > entry.maxWaitMs * FIRST_PART) return 'wait'
    while (this.size >= maxQueued || this.#bytes + bytes > maxBytes) {
      const weaker = this.#weakerThan(entry)
      if (!weaker) return this.size >= maxQueued ? 'full' : 'bytes'
      this.#refuse(weaker, 'displaced', nowMs)
    }
    return undefined
  }

  /** The newest call of the lowest band below; in the same band one of the caller who has most of the queue. */
  #weakerThan({ band, caller, cost }: Entry): Entry | undefined {
    const below = this.#bands.findLast(({ fair }, index) => index > band && fair.size > 0)
    return below ? below.fair.newest() : this.#bands[band]!.fair.excess(caller, cost)
  }

  #admit(entry: Entry, nowMs: number): boolean {
    const candidate = entry.waiter.choose()
    if (!candidate) return false
    const { endpoint } = candidate
    // Of one that is on probation the next is chosen when the attempt before has been sent: not all may be its probe.
    if (endpoint.reserved > 0 && endpoint.health.isImpaired) return false
    if (!entry.waiter.isRetry) this.#bands[entry.band]!.fair.charge(entry)
    this.#remove(entry)
    endpoint.reserve()
    this.#countAdmission(entry.waiter)
    entry.waiter.settle({ type: 'admitted', candidate, waitedMs: nowMs - entry.enteredMs })
    return true
  }

  #refuse(entry: Entry, reason: RefusalReason, nowMs: number): void {
    this.#remove(entry)
    const retryAfterMs = this.#waitMs(entry) ?? UNKNOWN_WAIT_MS
    entry.waiter.settle({ type: 'refused', reason, retryAfterMs, waitedMs: nowMs - entry.enteredMs })
  }

  /** How long a call that comes now will wait. */
  #waitMs({ band, caller, cost }: Entry): number | undefined {
    let ahead = this.#bands[band]!.fair.workBefore(caller, cost)
    for (let higher = 0; higher < band; higher++) ahead += this.#bands[higher]!.fair.work
    let places = 0
    // Of an endpoint for which other pools wait too, only a share becomes free for us.
    for (const { inFlight, waiting } of this.#watched) places += inFlight / Math.max(1, waiting.size)
    // Those of higher bands who are still to come will be served before it too.
    return this.workload.waitMs(ahead, places * (1 - this.#shareAbove(band)))
  }

  /** The share of the room that bands above have had lately. */
  #shareAbove(band: number): number {
    let share = 0
    for (let higher = 0; higher < band; higher++) share += this.#shares[higher]!
    return Math.min(MOST_SHARE, share)
  }

  #countAdmission({ priority }: Waiter): void {
    for (const [band, each] of PRIORITIES.entries())
      this.#shares[band]! += SHARE_ALPHA * ((each === priority ? 1 : 0) - this.#shares[band]!)
  }

  #insert(entry: Entry): void {
    if (entry.endpoints !== this.#endpoints) {
      this.#outdated++
      this.#watch(this.#watched.union(entry.endpoints))
    }
    if (this.size === 0) for (const { waiting } of this.#watched) waiting.add(this)
    this.#entries.set(entry.waiter, entry)
    this.#bytes += entry.waiter.bytes
    this.#place(entry)
  }

  #watch(endpoints: ReadonlySet<Endpoint>): void {
    const before = this.#watched
    this.#watched = endpoints
    if (this.size === 0) return
    for (const { waiting } of before.difference(endpoints)) waiting.delete(this)
    for (const { waiting } of endpoints.difference(before)) waiting.add(this)
  }

  #place(entry: Entry): void {
    const { again, fair } = this.#bands[entry.band]!
    if (entry.waiter.isRetry) again.add(entry)
    else fair.add(entry)
  }

  #remove(entry: Entry): void {
    if (!this.#entries.delete(entry.waiter)) return
    this.#bytes -= entry.waiter.bytes
    this.#unplace(entry)
    if (this.size === 0) for (const { waiting } of this.#watched) waiting.delete(this)
    if (entry.endpoints !== this.#endpoints && --this.#outdated === 0) this.#watch(this.#endpoints)
  }

  #unplace(entry: Entry): void {
    const { again, fair } = this.#bands[entry.band]!
    if (!again.delete(entry)) fair.remove(entry)
  }

  #moveUp(entry: Entry): void {
    this.#unplace(entry)
    entry.band--
    entry.hasMoved = true
    this.#place(entry)
  }
}
