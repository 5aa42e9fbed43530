// Server-sent events as bytes: where one ends and the next begins. Nothing is decoded that can be forwarded unchanged.
// Source: https://html.spec.whatwg.org/multipage/server-sent-events.html#parsing-an-event-stream
import { GatewayError } from '../../errors.ts'
import { formatBytes } from '../../units.ts'
import { textWithoutMark, withoutMark } from '../byte-order-mark.ts'

const LF = 0x0a
const CR = 0x0d
const { concat } = Buffer

/** Larger than any real event. It bounds the memory that an upstream with an endless event can use. */
export const MAX_EVENT_BYTES = 32 * 1024 * 1024

const MIN_HELD_BYTES = 1024
const NOTHING = new Uint8Array(0)

/**
 * Splits a stream of arbitrary chunks at event borders. Complete events are returned as soon as their last byte has
 * arrived; an incomplete event is held back, so that whatever follows a broken stream starts on a new line.
 */
export class EventSplitter {
  /** The incomplete event, copied: a view of the chunks it arrived in would keep the whole chunks in memory. */
  #held: Uint8Array = NOTHING
  #heldBytes = 0
  #isFirst = true

  /**
   * The bytes of all events that are complete now, or undefined if none is. Most chunks are complete events and are not
   * copied. A byte order mark before the first event is removed.
   * Throws GatewayError `upstream_malformed` for an event that grows past the limit.
   */
  push(chunk: Uint8Array): Uint8Array | undefined {
    const whole = this.#split(chunk)
    if (!this.#isFirst || !whole || whole.length === 0) return whole
    this.#isFirst = false
    return withoutMark(whole)
  }

  #split(chunk: Uint8Array): Uint8Array | undefined {
    if (this.#heldBytes > 0) return this.#pushHeld(chunk)
    const border = lastBorder(chunk)
    if (border === chunk.length) return chunk
    this.#hold(chunk.subarray(border))
    return border === 0 ? undefined : chunk.subarray(0, border)
  }

  /** The number of bytes of the event that is not complete yet. */
  get pendingBytes(): number {
    return this.#heldBytes
  }

  /** The rest after the stream has ended: a last event without its blank line, or an incomplete one. */
  takeRest(): Uint8Array {
    const rest = this.#takeHeld()
    return this.#isFirst ? withoutMark(rest) : rest
  }

  #takeHeld(): Uint8Array {
    const rest = this.#held.subarray(0, this.#heldBytes)
    this.#held = NOTHING
    this.#heldBytes = 0
    return rest
  }

  #pushHeld(chunk: Uint8Array): Uint8Array | undefined {
    // A border may span chunks; only the last three held bytes can be part of it. At 0 it is before the chunk: a CR was
    // held until it was known that no LF follows.
    const tail = this.#held.subarray(Math.max(0, this.#heldBytes - 3), this.#heldBytes)
    const border = lastBorder(concat([tail, chunk])) - tail.length
    if (border < 0) {
      this.#hold(chunk)
      return undefined
    }
    const whole = border === 0 ? this.#takeHeld() : concat([this.#takeHeld(), chunk.subarray(0, border)])
    if (border < chunk.length) this.#hold(chunk.subarray(border))
    return whole
  }

  #hold(bytes: Uint8Array): void {
    const needed = this.#heldBytes + bytes.length
    if (needed > MAX_EVENT_BYTES)
      throw new GatewayError(
        'upstream_malformed',
        `The upstream sent an event of more than ${formatBytes(MAX_EVENT_BYTES)}.`,
      )
    if (needed > this.#held.length) {
      const grown = new Uint8Array(Math.max(needed, Math.min(2 * this.#held.length, MAX_EVENT_BYTES), MIN_HELD_BYTES))
      grown.set(this.#held.subarray(0, this.#heldBytes))
      this.#held = grown
    }
    this.#held.set(bytes, this.#heldBytes)
    this.#heldBytes = needed
  }
}

/** The offset after the last blank line, or 0. Lines end in LF, CRLF or CR. */
export function lastBorder(bytes: Uint8Array): number {
  for (let at = bytes.length - 1; at > 0; at--) {
    const byte = bytes[at]
    if (byte !== LF && byte !== CR) continue
    const before = bytes[at - 1]
    if (byte === LF ? before === LF || (before === CR && isLineEnd(bytes[at - 2])) : closes(before, bytes[at + 1]))
      return at + 1
  }
  return 0
}

const isLineEnd = (byte: number | undefined): boolean => byte === LF || byte === CR

/**
 * Whether a CR ends a blank line, by its neighbours. After an LF it may be the first half of a CRLF, so the next byte
 * decides. After another CR it counts at once; otherwise an event of a stream with bare CRs would wait for the next
 * event.
 */
const closes = (before: number | undefined, next: number | undefined): boolean =>
  before === CR || (before === LF && next !== undefined && next !== LF)

/** Whether the bytes consist of line ends only. */
export const isBlank = (bytes: Uint8Array): boolean => bytes.every(isLineEnd)

const LINE_END = /\r\n|\r|\n/
const BORDER = /(?<=(?:\r\n|\n|\r(?!\n))(?:\r\n|\n|\r(?!\n)))/

/** The events of `text`, each with its blank line; concatenated they equal the text. */
export const splitEvents = (text: string): string[] => text.split(BORDER)

/** The `data` of each event in `text`, without comments and other fields; several data lines are joined by LF. */
export function eventData(text: string): string[] {
  const found: string[] = []
  let lines: string[] = []
  const dispatch = () => {
    const data = lines.join('\n')
    if (data !== '') found.push(data)
    lines = []
  }
  for (const line of textWithoutMark(text).split(LINE_END)) {
    if (line === '') dispatch()
    else if (line.startsWith('data:')) lines.push(line.slice(line[5] === ' ' ? 6 : 5))
  }
  dispatch()
  return found
}
