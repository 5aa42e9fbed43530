// One timer for all attempts. A timer per attempt, reset at every chunk, would cost more than handling the chunk.
import type { Reachability } from './reachability.ts'

/** Milliseconds; Infinity: no timeout. */
export interface Timeouts {
  /** From sending the request until a connection is open. */
  readonly connectMs: number
  /** From sending the request to the status and headers of the response. */
  readonly headersMs: number
  /** From sending the request to the first event of a stream that has content. */
  readonly firstEventMs: number
  /** Between two events of a stream. */
  readonly idleMs: number
  /** From sending the request to the last byte. */
  readonly totalMs: number
}

/** The timeout that expired; the name is that of its setting. */
export type Expiry = 'connect' | 'headers' | 'firstEvent' | 'idle' | 'total'

/** A stream that has begun and sends nothing for this time counts as stalled, whatever its timeouts. */
const STALLED_AFTER_MS = 30_000

/** The timeouts of one attempt. */
export class Watch {
  /** Called once for each stall between two events. */
  onStalled: ((nowMs: number) => void) | undefined
  /** Called at every check if no timeout has expired; returns true if it ended the attempt for another reason. */
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

  constructor(timeouts: Timeouts, nowMs: number, onExpire: (expiry: Expiry) => void, reachability?: Reachability) {
    this.#timeouts = timeouts
    this.#startedMs = nowMs
    this.#onExpire = onExpire
    this.#reachability = reachability
  }

  /** Status and headers of the response were received. */
  headers(): void {
    this.#hasHeaders = true
  }

  /** The first event with content was received: from now on the idle timeout applies. */
  begin(): void {
    this.#hasBegun = true
  }

  /** Data was received: an event, a part of one, or a comment. */
  event(nowMs: number): void {
    this.#lastEventMs = nowMs
    this.#isPaused = false
    this.#isStalled = false
  }

  /** Suspends the idle timeout until the next event: the client is slow to read, so the upstream is not idle. */
  pause(): void {
    this.#isPaused = true
  }

  /** Calls `onExpire` and returns true if a timeout has expired. */
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

/** Something with timeouts of its own. */
export interface Watched {
  /** Applies its timeouts; true if it no longer needs to be watched. */
  check(nowMs: number): boolean
}

/** A timer that is this late means that the process was stopped or its machine slept. */
const SUSPENDED_MS = 500

/** Checks all watches of a process; the precision of timeouts is `tickMs`. */
export class Watchdog {
  readonly #watches = new Set<Watched>()
  readonly #timer: ReturnType<typeof setInterval>
  readonly #clock: () => number
  #tickedMs: number
  #wasSuspended = false

  constructor(tickMs = 50, clock = () => performance.now()) {
    this.#clock = clock
    this.#tickedMs = clock()
    this.#timer = setInterval(() => this.#tick(), tickMs)
    this.#timer.unref()
  }

  /** Without `reachability`, the connect timeout is not applied. */
  watch(timeouts: Timeouts, onExpire: (expiry: Expiry) => void, reachability?: Reachability): Watch {
    const watch = new Watch(timeouts, this.#clock(), onExpire, reachability)
    this.#watches.add(watch)
    return watch
  }

  /** Watches something that is not an attempt. */
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

  /**
   * After the process was suspended, upstreams only seem idle: what they sent is read first, and timeouts are
   * checked at the next tick.
   */
  #tick(): void {
    const nowMs = this.#clock()
    const isLate = nowMs - this.#tickedMs > SUSPENDED_MS
    this.#tickedMs = nowMs
    this.#wasSuspended = isLate && !this.#wasSuspended // once: a process that is always late must apply timeouts too
    if (!this.#wasSuspended) this.sweep(nowMs)
  }
}
