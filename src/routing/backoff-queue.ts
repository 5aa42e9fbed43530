const MOST_CALLS = 100
const MOST_BYTES = 64 * 1024 ** 2

/** Calls of a pool that wait for a time that an upstream named; bounded like every place where calls collect. */
export class BackoffQueue {
  #calls = 0
  #bytes = 0

  /** Takes a place for a call with a body of so many bytes; false when there is none. */
  enter(bytes: number): boolean {
    if (this.#calls >= MOST_CALLS || this.#bytes + bytes > MOST_BYTES) return false
    this.#calls++
    this.#bytes += bytes
    return true
  }

  leave(bytes: number): void {
    this.#calls--
    this.#bytes -= bytes
  }
}
