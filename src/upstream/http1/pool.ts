import { ClosedBeforeResponse, type Connection, type ConnectionOwner } from './connection.ts'
import type { OutgoingRequest } from './request-bytes.ts'
import type { UpstreamResponse } from './response.ts'

export interface PoolSettings {
  /** A connection without a request is closed after this time. */
  readonly idleMs: number
  /** Most connections that are kept without a request. */
  readonly maxIdle: number
  /** A connection gets no request after this age on average. */
  readonly maxAgeMs: number
}

/** Opens a connection. Resolves when a request can be sent; rejects with the cause. */
export type Connect = (owner: ConnectionOwner) => Promise<Connection>

/** A connection that takes longer to open is not waited for: it may be tried at an address that is gone. */
const SLOW_CONNECT_MS = 3000

interface Waiter {
  readonly resolve: (connection: Connection) => void
  readonly reject: (reason: unknown) => void
}

/**
 * The connections to one address. A request takes the one that was used last; if none is free, another is opened, and
 * the request takes whichever is free first.
 */
export class Pool implements ConnectionOwner {
  readonly #connect: Connect
  readonly #settings: PoolSettings
  readonly #random: () => number
  /** The last is the one that was used last. */
  readonly #idle: Connection[] = []
  readonly #waiters: Waiter[] = []
  /** When each connection that is being opened was begun. */
  readonly #opening: number[] = []
  #isClosed = false

  constructor(connect: Connect, settings: PoolSettings, random: () => number = Math.random) {
    this.#connect = connect
    this.#settings = settings
    this.#random = random
  }

  /** `request` is called for each connection that the request is tried on, in the turn in which it is sent. */
  async send(request: () => OutgoingRequest, signal: AbortSignal): Promise<UpstreamResponse> {
    for (;;) {
      if (signal.aborted) throw signal.reason
      const connection = this.#idle.pop() ?? (await this.#wait(signal))
      if (signal.aborted) {
        this.released(connection)
        throw signal.reason
      }
      if (connection.isClosed) continue // since it was free
      const isReused = connection.requests > 0
      try {
        return await connection.send(request, signal)
      } catch (thrown) {
        // The upstream closed the connection while the request was on its way: it has not begun to process it.
        if (isReused && thrown instanceof ClosedBeforeResponse) continue
        throw thrown
      }
    }
  }

  released(connection: Connection): void {
    if (connection.isClosed) return
    const nowMs = performance.now()
    if (connection.requests === 0) connection.expiresMs = nowMs + this.#settings.maxAgeMs * (0.5 + this.#random())
    if (nowMs >= connection.expiresMs || this.#isClosed) return connection.close()
    const waiter = this.#waiters.shift()
    if (waiter) return waiter.resolve(connection)
    if (this.#idle.length >= this.#settings.maxIdle) return connection.close()
    connection.rest(nowMs)
    this.#idle.push(connection)
  }

  closed(connection: Connection): void {
    const at = this.#idle.lastIndexOf(connection)
    if (at !== -1) this.#idle.splice(at, 1)
  }

  /** Closes connections that have been idle for too long. */
  sweep(nowMs: number): void {
    while (this.#idle[0] && nowMs - this.#idle[0].idleSinceMs >= this.#settings.idleMs) this.#idle[0].close()
  }

  /** Closes connections without a request; the others when their response is complete. */
  close(): void {
    this.#isClosed = true
    for (const connection of this.#idle.splice(0)) connection.close()
  }

  #wait(signal: AbortSignal): Promise<Connection> {
    return new Promise((resolve, reject) => {
      const stop = () => {
        signal.removeEventListener('abort', aborted)
        const at = this.#waiters.indexOf(waiter)
        if (at !== -1) this.#waiters.splice(at, 1)
      }
      const aborted = () => {
        stop()
        reject(signal.reason)
      }
      const waiter: Waiter = {
        resolve(connection) {
          stop()
          resolve(connection)
        },
        reject(reason) {
          stop()
          reject(reason)
        },
      }
      signal.addEventListener('abort', aborted)
      this.#waiters.push(waiter)
      this.#openEnough()
    })
  }

  /** As many are being opened as requests wait. */
  #openEnough(): void {
    const nowMs = performance.now()
    const inTime = this.#opening.filter((startedMs) => nowMs - startedMs < SLOW_CONNECT_MS).length
    for (let count = inTime; count < this.#waiters.length; count++) void this.#open(nowMs)
  }

  async #open(startedMs: number): Promise<void> {
    this.#opening.push(startedMs)
    try {
      const connection = await this.#connect(this)
      if (connection.isClosed) throw new ClosedBeforeResponse('closed at once')
      this.#opened(startedMs)
      this.released(connection)
    } catch (thrown) {
      this.#opened(startedMs)
      this.#waiters.shift()?.reject(thrown)
    }
  }

  #opened(startedMs: number): void {
    this.#opening.splice(this.#opening.indexOf(startedMs), 1)
  }
}
