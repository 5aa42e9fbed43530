// One timer for all attempts. A timer of its own for each attempt, reset at every chunk, would cost more than the chunk.
import type { Reachability } from './reachability.ts'

/** Milliseconds; Infinity where there is no limit. */
export interface Timeouts {
  /** From sending the request until the upstream can be connected to. */
  readonly connectMs: number
  /** From sending the request to the status and headers of its answer. */
  readonly headersMs: number
  /** From sending the request to the first event of a stream that says something. */
  readonly firstEventMs: number
  /** Between two events of a stream. */
  readonly idleMs: number
  /** From sending the request to the last byte. */
  readonly totalMs: number
}

/** Which limit ran out; called like its setting. */
export type Expiry = 'connect' | 'headers' | 'firstEvent' | 'idle' | 'total'

/** A stream that has begun and says nothing for so long is suspicious, whatever limits it has. */
const STALLED_AFTER_MS = 30_000

/** The clock of one attempt. */
export class Watch {
  /** Called once for each silence between two events. */
  onStalled: ((nowMs: number) => void) | undefined
  /** Called at every look while nothing has run out; true when the attempt has been ended for another reason. */
  onCheck: ((nowMs: number) => boolean) | undefined
  readonly #timeouts: Timeouts
  readonly #onExpire: (expiry: Expiry) => void
  readonly #startedMs: number
  readonly #reachability: Reachability | undefined
  #hasHeaders = false
  #hasBegun = false
  #lastEventMs = -Infinity
  #isPaused = false
  #isStalled = false

  constructor(limits: Timeouts, nowMs: number, onExpire: (expiry: Expiry) => void, reach?: Reachability) {
    this.#timeouts = limits
    this.#startedMs = nowMs
    this.#onExpire = onExpire
    this.#reachability = reach
  }

  /** Status and headers of the answer have come. */
  headers(): void {
    this.#hasHeaders = true
  }

  /** The first event that says something has come: from here on it is the silence that counts. */
  begin(): void {
    this.#hasBegun = true
  }

  /** Something has come: an event, a part of one, or a comment. */
  event(nowMs: number): void {
    this.#lastEventMs = nowMs
    this.#isPaused = false
    this.#isStalled = false
  }

  /** Until the next event silence is not the upstream's fault: the client is slow to read. */
  pause(): void {
    this.#isPaused = true
  }

  /** Calls `onExpire` and returns true when a limit has run out. */
  check(nowMs: number): boolean {
    const expiry = this.#expired(nowMs)
    if (expiry) this.#onExpire(expiry)
    else if (this.onCheck?.(nowMs)) return true
    else this.#noticeStall(nowMs)
    return expiry !== undefined
  }

  #noticeStall(nowMs: number): void {
    if (!this.#hasBegun || this.#isStalled || this.#isPaused) return
    if (nowMs - this.#lastEventMs < STALLED_AFTER_MS) return
    this.#isStalled = true
    this.onStalled?.(nowMs)
  }

  #expired(nowMs: number): Expiry | undefined {
    const { connectMs, headersMs, firstEventMs, idleMs, totalMs } = this.#timeouts
    const tookMs = nowMs - this.#startedMs
    if (tookMs >= totalMs) return 'total'
    if (this.#hasBegun) return !this.#isPaused && nowMs - this.#lastEventMs >= idleMs ? 'idle' : undefined
    if (!this.#hasHeaders) {
      if (this.#reachability?.isUnreachable(this.#startedMs, connectMs, nowMs)) return 'connect'
      if (tookMs >= headersMs) return 'headers'
    }
    return tookMs >= firstEventMs ? 'firstEvent' : undefined
  }
}

/** Something that has limits of its own. */
export interface Watched {
  /** Keeps its limits; true when it need not be looked after any more. */
  check(nowMs: number): boolean
}

/** So late is no timer of a process that runs: it was stopped, or its machine slept. */
const SUSPENDED_MS = 500

/** Looks after all watches of a process; limits are kept to the precision of `tickMs`. */
export class Watchdog {
  readonly #watches = new Set<Watched>()
  readonly #timer: ReturnType<typeof setInterval>
  #tickedMs = performance.now()
  #wasSuspended = false

  constructor(tickMs = 50) {
    this.#timer = setInterval(() => this.#tick(), tickMs)
    this.#timer.unref()
  }

  /** `reach` is the upstream's; without it nobody asks whether it can be connected to. */
  watch(limits: Timeouts, onExpire: (expiry: Expiry) => void, reach?: Reachability): Watch {
    const watch = new Watch(limits, performance.now(), onExpire, reach)
    this.#watches.add(watch)
    return watch
  }

  /** Looks after something that is not an attempt. */
  add(watched: Watched): void {
    this.#watches.add(watched)
  }

  release(watch: Watched): void {
    this.#watches.delete(watch)
  }

  sweep(nowMs: number): void {
    for (const watch of this.#watches) if (watch.check(nowMs)) this.#watches.delete(watch)
  }

  stop(): void {
    clearInterval(this.#timer)
  }

  /** When this process has stood still, it was not the upstreams that were silent: what they sent is read first. */
  #tick(): void {
    const nowMs = performance.now()
    const isLate = nowMs - this.#tickedMs > SUSPENDED_MS
    this.#tickedMs = nowMs
    this.#wasSuspended = isLate && !this.#wasSuspended // once: a process that is always late must keep limits too
    if (!this.#wasSuspended) this.sweep(nowMs)
  }
}
