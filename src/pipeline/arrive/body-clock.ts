import { GatewayError } from '../../errors.ts'
import type { Watched } from '../../upstream/watchdog.ts'

const GRACE_MS = 30_000
/** 32 KB a second: what a bad telephone line does. */
const LEAST_BYTES_PER_MS = 32

/**
 * The time that a request's body may take: half a minute, and more the longer it is. Whoever dribbles bytes to hold a
 * connection open is told 408 and let go.
 */
export class BodyClock implements Watched {
  /** Rejects with GatewayError `request_timeout` when the time is over. */
  readonly late: Promise<never>
  readonly #tell: (error: GatewayError) => void
  #deadlineMs: number
  #isOver = false

  constructor(nowMs: number) {
    const { promise, reject } = Promise.withResolvers<never>()
    promise.catch(() => {}) // it may come when nobody waits any more
    this.late = promise
    this.#tell = reject
    this.#deadlineMs = nowMs + GRACE_MS
  }

  /** So many bytes have come, or are announced. */
  allow(bytes: number): void {
    this.#deadlineMs += bytes / LEAST_BYTES_PER_MS
  }

  /** The body is there, or nobody wants it any more. */
  stop(): void {
    this.#isOver = true
  }

  check(nowMs: number): boolean {
    if (!this.#isOver && nowMs >= this.#deadlineMs) {
      this.#isOver = true
      this.#tell(tooSlow())
    }
    return this.#isOver
  }
}

/** What is left of the body would be taken for the next request: the connection ends with the answer. */
const tooSlow = () =>
  new GatewayError('request_timeout', 'The request body came too slowly or not at all: the gateway stopped waiting.', {
    headers: { connection: 'close' },
  })
