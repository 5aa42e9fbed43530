// Server-sent events as bytes: where one ends and the next begins. Nothing is decoded that can pass as it is.
// Source: https://html.spec.whatwg.org/multipage/server-sent-events.html#parsing-an-event-stream

const LF = 0x0a
const CR = 0x0d
const { concat } = Buffer

/** More than any real event; an upstream that never ends one must not fill the memory. */
const MAX_EVENT_BYTES = 32 * 1024 * 1024

/** Thrown when an event grows past the limit. */
export class EventTooLarge extends Error {
  override readonly name = 'EventTooLarge'
}

/**
 * Cuts a stream of arbitrary chunks at event borders. Whole events leave in the turn in which their last byte came;
 * a half event waits, so that whatever follows a broken stream starts on a clean line.
 */
export class EventSplitter {
  #held: Uint8Array[] = []
  #heldBytes = 0

  /** The bytes of all events that are whole now, or undefined when none is. Most chunks are whole events: no copy then. */
  push(chunk: Uint8Array): Uint8Array | undefined {
    if (this.#heldBytes === 0) {
      const border = lastBorder(chunk)
      if (border === chunk.length) return chunk
      this.#hold(chunk.subarray(border))
      return border === 0 ? undefined : chunk.subarray(0, border)
    }
    return this.#pushHeld(chunk)
  }

  /** Bytes that belong to an event whose end has not come. */
  get pendingBytes(): number {
    return this.#heldBytes
  }

  /** What is left when the stream has ended: a last event without its blank line, or the front half of one. */
  takeRest(): Uint8Array {
    const rest = concat(this.#held)
    this.#held = []
    this.#heldBytes = 0
    return rest
  }

  #pushHeld(chunk: Uint8Array): Uint8Array | undefined {
    // A border may lie across chunks: only the last three held bytes can be part of one.
    const tail = this.#tail()
    const border = lastBorder(concat([tail, chunk])) - tail.length
    if (border <= 0) {
      this.#hold(chunk)
      return undefined
    }
    const whole = concat([...this.#held, chunk.subarray(0, border)])
    this.#held = []
    this.#heldBytes = 0
    if (border < chunk.length) this.#hold(chunk.subarray(border))
    return whole
  }

  #hold(bytes: Uint8Array): void {
    this.#held.push(bytes)
    this.#heldBytes += bytes.length
    if (this.#heldBytes > MAX_EVENT_BYTES) throw new EventTooLarge(`An event of more than ${MAX_EVENT_BYTES} bytes`)
  }

  #tail(): Uint8Array {
    const last = this.#held.at(-1)!
    if (last.length >= 3 || this.#held.length === 1) return last.subarray(-3)
    return concat(this.#held.slice(-3)).subarray(-3)
  }
}

/** The offset after the last blank line, or 0. Lines end in LF, CRLF or CR. */
function lastBorder(bytes: Uint8Array): number {
  for (let at = bytes.length - 1; at > 0; at--) {
    const byte = bytes[at]
    if (byte !== LF && byte !== CR) continue
    const before = bytes[at - 1]
    if (byte === LF ? before === LF || (before === CR && bytes[at - 2] === LF) : before === CR) return at + 1
    // CR LF CR LF: the LF at `at` closes a line that the CR before it began; look at what stands before that pair.
  }
  return 0
}

/** The `data` of each event in `text`, comments and other fields left out; several data lines are joined by LF. */
export function eventData(text: string): string[] {
  return text
    .split(/(?:\r\n|\r|\n){2,}/)
    .map((event) =>
      event
        .split(/\r\n|\r|\n/)
        .filter((line) => line.startsWith('data:'))
        .map((line) => line.slice(line[5] === ' ' ? 6 : 5))
        .join('\n'),
    )
    .filter((data) => data !== '')
}
