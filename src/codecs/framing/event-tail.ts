import { lastBorder } from './events.ts'
import { textOf } from '../text.ts'

/** Finish, usage and `[DONE]` may come in chunks of their own, with comments between. */
const MAX_CHUNKS = 6

/** What comes before so many bytes is not the end of a stream. */
const TAIL_BYTES = 16 * 1024

/**
 * The last events of a stream. Of a reader that stalls, this is what would keep its chunks in memory: no more is held than
 * the last event and some tens of kilobytes.
 */
export class EventTail {
  readonly #chunks: Uint8Array[] = []
  #bytes = 0

  /** Whole events that have passed. */
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

/** A copy, since a view would keep all of it. */
function lastOf(events: Uint8Array): Uint8Array {
  const from = lastBorder(events.subarray(0, events.length - TAIL_BYTES))
  return from === 0 ? events : events.slice(from)
}
