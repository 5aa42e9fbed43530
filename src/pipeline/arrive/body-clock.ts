import { GatewayError } from '../../errors.ts'
import type { Watched } from '../../upstream/watchdog.ts'

const GRACE_MS = 30_000
/** 32 KB per second: the speed of a very bad connection. */
const MIN_BYTES_PER_MS = 32

/**
 * The time limit for a request's body: 30 s, plus 1 s for each 32 KB. A client that sends its body more slowly, to hold
 * the connection open, gets a 408 and the connection is closed.
 */
export class BodyClock implements Watched {
  #reject: ((error: GatewayError) => void) | undefined
  #deadlineMs: number
  #hasEnded = false

  constructor(nowMs: number) {
    this.#deadlineMs = nowMs + GRACE_MS
  }

  /** The result of `reading`. Rejects with GatewayError `request_timeout` when the time has run out. */
  limit<Result>(reading: Promise<Result>): Promise<Result> {
    return new Promise((resolve, reject) => {
      this.#reject = reject
      reading.then(resolve, reject)
    })
  }

  /** Extends the time for bytes that have arrived or are announced. */
  allow(bytes: number): void {
    this.#deadlineMs += bytes / MIN_BYTES_PER_MS
  }

  /** The body is complete, or no longer needed. */
  stop(): void {
    this.#hasEnded = true
    this.#reject = undefined // it holds the body
  }

  check(nowMs: number): boolean {
    if (!this.#hasEnded && nowMs >= this.#deadlineMs) {
      this.#hasEnded = true
      this.#reject?.(tooSlow())
    }
    return this.#hasEnded
  }
}

/** Closes the connection: the rest of the body would be read as the next request. */
const tooSlow = () =>
  new GatewayError(
    'request_timeout',
    'The request body did not arrive in time. Send it again over a faster connection.',
    {
      headers: { connection: 'close' },
    },
  )
