import { GatewayError } from '../../errors.ts'
import { isOfMark } from '../byte-order-mark.ts'
import { textOf } from '../text.ts'
import type { Frame, FrameReader } from './frame.ts'

const QUOTE = 0x22
const BACKSLASH = 0x5c
const COMMA = 0x2c
const [OPEN_LIST, CLOSE_LIST, OPEN_OBJECT, CLOSE_OBJECT] = [0x5b, 0x5d, 0x7b, 0x7d]

/** Larger than any real element. It bounds the memory that an upstream with an endless element can use. */
const MAX_ELEMENT_BYTES = 32 * 1024 * 1024

/**
 * Frames of one long JSON list of objects, each emitted when its last byte has arrived: Gemini's streams without
 * `alt=sse`. An object alone, or after the list, is a frame too, because errors are sent in this way.
 */
export const jsonArrayFrames = (): FrameReader => new ArrayReader()

class ArrayReader implements FrameReader {
  /** The number of open braces and brackets in the element; 0: between elements. */
  #depth = 0
  #isFirst = true
  #inString = false
  #escaped = false
  #held: Uint8Array[] = []
  #heldBytes = 0

  push(chunk: Uint8Array): readonly Frame[] {
    const frames: Frame[] = []
    let start = 0
    for (let at = 0; at < chunk.length; at++) {
      const byte = chunk[at]!
      if (this.#depth > 0) {
        if (this.#step(byte)) frames.push(this.#take(chunk.subarray(start, at + 1)))
      } else if (byte === OPEN_OBJECT) {
        this.#depth = 1
        this.#isFirst = false
        start = at
      } else if (!isBetween(byte) && !(this.#isFirst && isOfMark(byte))) throw malformed()
    }
    if (this.#depth > 0) this.#hold(chunk.subarray(start))
    return frames
  }

  end(): readonly Frame[] {
    if (this.#depth === 0) return []
    throw new GatewayError('upstream_cut', 'The upstream ended its stream in the middle of an event.')
  }

  /** Whether this byte ends the element. */
  #step(byte: number): boolean {
    if (this.#inString) {
      if (this.#escaped) this.#escaped = false
      else if (byte === BACKSLASH) this.#escaped = true
      else if (byte === QUOTE) this.#inString = false
    } else if (byte === QUOTE) this.#inString = true
    else if (byte === OPEN_OBJECT || byte === OPEN_LIST) this.#depth++
    else if (byte === CLOSE_OBJECT || byte === CLOSE_LIST) this.#depth--
    return this.#depth === 0
  }

  #hold(bytes: Uint8Array): void {
    this.#held.push(bytes)
    this.#heldBytes += bytes.length
    if (this.#heldBytes > MAX_ELEMENT_BYTES) throw malformed()
  }

  #take(last: Uint8Array): Frame {
    const bytes = this.#heldBytes === 0 ? last : Buffer.concat([...this.#held, last])
    this.#held = []
    this.#heldBytes = 0
    return { name: undefined, data: textOf(bytes) }
  }
}

/** White space, commas and the brackets of the list. */
const isBetween = (byte: number): boolean =>
  byte === 0x20 ||
  byte === 0x0a ||
  byte === 0x0d ||
  byte === 0x09 ||
  byte === COMMA ||
  byte === OPEN_LIST ||
  byte === CLOSE_LIST

const malformed = (): GatewayError =>
  new GatewayError('upstream_malformed', 'The upstream did not send a JSON list of objects.')
