import type { Watchdog, Watched } from '../../upstream/watchdog.ts'
import type { DirectController } from '../call/stream-encoding.ts'

/** Keeps the connection of a stream open while the upstream sends nothing. */
export interface KeepAlive {
  /** A comment in the client's format, which clients ignore. */
  readonly text: string
  /** Sent after this time without other data. */
  readonly afterMs: number
}

/**
 * The client's side of a stream. It takes whole events, so a keep-alive is always between events. After the client has
 * disconnected, writes are ignored.
 */
export class ClientStream implements Watched {
  readonly #watchdog: Watchdog
  readonly #keepAlive: KeepAlive | undefined
  #controller: DirectController | undefined
  #isFull = false
  /** Writes are counted, so that a chunk needs no clock: only the watchdog's check reads it. */
  #writes = 0
  #writesSeen = 0
  #quietSinceMs = 0

  constructor(watchdog: Watchdog, keepAlive: KeepAlive | undefined) {
    this.#watchdog = watchdog
    this.#keepAlive = keepAlive
  }

  /** The runtime is ready for the body. */
  open(controller: DirectController): void {
    this.#controller = controller
    if (this.#keepAlive) this.#watchdog.add(this)
  }

  /**
   * Returns a promise if the client reads too slowly; it resolves when the socket has drained, or the client has
   * disconnected.
   */
  write(events: Uint8Array | string): Promise<unknown> | undefined {
    if (!this.#controller) return undefined
    const written = this.#controller.write(events)
    this.#controller.flush()
    this.#writes++
    return typeof written === 'number' ? undefined : this.#waitForDrain(written)
  }

  /** The client has disconnected. */
  disconnect(): void {
    this.#controller?.discard?.()
    this.#controller = undefined
  }

  close(): void {
    this.#controller?.close()
    this.#controller = undefined
  }

  /** Resets the connection, so that the client sees that the response is incomplete. */
  reset(): void {
    this.#controller?.close(new Error('The response is incomplete'))
    this.#controller = undefined
  }

  /** Sends a keep-alive after a pause, unless the client has not read what was sent before. */
  check(nowMs: number): boolean {
    if (!this.#controller || !this.#keepAlive) return true
    if (this.#writes !== this.#writesSeen || this.#isFull) this.#quietSinceMs = nowMs
    else if (nowMs - this.#quietSinceMs >= this.#keepAlive.afterMs) {
      void this.write(this.#keepAlive.text)
      this.#quietSinceMs = nowMs
    }
    this.#writesSeen = this.#writes
    return false
  }

  #waitForDrain(drained: Promise<number>): Promise<unknown> {
    this.#isFull = true
    const resume = () => {
      this.#isFull = false
    }
    return drained.then(resume, resume)
  }
}
