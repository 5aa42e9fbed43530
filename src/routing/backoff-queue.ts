const MAX_CALLS = 100
const MAX_BYTES = 64 * 1024 ** 2

/**
 * Calls of a pool that wait for the time an upstream gave in `retry-after`. Bounded in number and bytes, as every
 * queue.
 */
export class BackoffQueue {
  #calls = 0
  #bytes = 0

  /** Adds a call whose body has this many bytes; false if the queue is full. */
  enter(bytes: number): boolean {
    if (this.#calls >= MAX_CALLS || this.#bytes + bytes > MAX_BYTES) return false
    this.#calls++
    this.#bytes += bytes
    return true
  }

  leave(bytes: number): void {
    this.#calls--
    this.#bytes -= bytes
  }
}
