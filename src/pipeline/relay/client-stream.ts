import type { Watchdog, Watched } from '../../upstream/watchdog.ts'

/** The runtime's cheapest way to answer a stream: bytes are written, and flushed in the turn in which they came. */
export interface DirectController {
  /** A promise when the client's socket is full; it resolves when there is room. */
  write(bytes: Uint8Array | string): number | Promise<number>
  flush(): unknown
  /** With an error the connection is reset instead of ended, so that nobody takes the answer for complete. */
  close(error?: Error): void
}

/** What keeps the connection of a silent stream open. */
export interface KeepAlive {
  /** What the client's format passes over. */
  readonly text: string
  readonly afterMs: number
}

/**
 * The client's end of a stream. Whole events go in, so what is said into a silence stands between events. After the client
 * has left, what is written goes nowhere.
 */
export class ClientStream implements Watched {
  readonly #watchdog: Watchdog
  readonly #keepAlive: KeepAlive | undefined
  #to: DirectController | undefined
  #isFull = false
  /** Counted, so that the path of a chunk needs no clock: only the sweep looks at one. */
  #writes = 0
  #writesSeen = 0
  #quietSinceMs = 0

  constructor(watchdog: Watchdog, keepAlive: KeepAlive | undefined) {
    this.#watchdog = watchdog
    this.#keepAlive = keepAlive
  }

  /** The runtime wants the body. */
  open(to: DirectController): void {
    this.#to = to
    if (this.#keepAlive) this.#watchdog.add(this)
  }

  /** A promise when the client reads more slowly than we write; it resolves when there is room, or nobody to need it. */
  write(events: Uint8Array | string): Promise<unknown> | undefined {
    if (!this.#to) return undefined
    const written = this.#to.write(events)
    this.#to.flush()
    this.#writes++
    return typeof written === 'number' ? undefined : this.#waitForRoom(written)
  }

  /** The client has gone. */
  leave(): void {
    this.#to = undefined
  }

  close(): void {
    this.#to?.close()
    this.#to = undefined
  }

  /** Ends the answer so that the client sees that something is missing. */
  cut(): void {
    this.#to?.close(new Error('The answer broke'))
    this.#to = undefined
  }

  /** Says something when nothing was said for long; a client that does not even read what there is has no use for it. */
  check(nowMs: number): boolean {
    if (!this.#to || !this.#keepAlive) return true
    if (this.#writes !== this.#writesSeen || this.#isFull) this.#quietSinceMs = nowMs
    else if (nowMs - this.#quietSinceMs >= this.#keepAlive.afterMs) {
      void this.write(this.#keepAlive.text)
      this.#quietSinceMs = nowMs
    }
    this.#writesSeen = this.#writes
    return false
  }

  #waitForRoom(room: Promise<number>): Promise<unknown> {
    this.#isFull = true
    const go = () => {
      this.#isFull = false
    }
    return room.then(go, go)
  }
}
