import { lastBorder } from './events.ts'
import { textOf } from '../text.ts'

/** Finish, usage and `[DONE]` may arrive in separate chunks, with comments between them. */
const MAX_CHUNKS = 6

/** The end of a stream is within this many last bytes. */
const TAIL_BYTES = 16 * 1024

/**
 * Keeps the last events of a stream. If the reader stalls, these chunks stay in memory, so no more is kept than the
 * last event and some tens of kilobytes.
 */
export class EventTail {
  readonly #chunks: Uint8Array[] = []
  #bytes = 0

  /** Adds complete events that were forwarded. */
  push(events: Uint8Array): void {
    const kept = events.length > 2 * TAIL_BYTES ? lastOf(events) : events
    this.#chunks.push(kept)
    this.#bytes += kept.length
    while (this.#chunks.length > MAX_CHUNKS || this.#bytes - this.#chunks[0]!.length >= TAIL_BYTES)
      this.#bytes -= this.#chunks.shift()!.length
  }

  text(): string {
    return textOf(Buffer.concat(this.#chunks))
  }
}

/** A copy, since a view would keep the whole chunk in memory. */
function lastOf(events: Uint8Array): Uint8Array {
  const from = lastBorder(events.subarray(0, events.length - TAIL_BYTES))
  return from === 0 ? events : events.slice(from)
}
