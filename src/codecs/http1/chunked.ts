// The chunked transfer coding (RFC 9112, section 7.1).
import { MalformedHttp } from './malformed.ts'

/** Of a line: a chunk's size with extensions, or a field after the last chunk. */
const MAX_LINE_BYTES = 4096
/** Of all fields after the last chunk. */
const MAX_TRAILER_BYTES = 16 * 1024

const LF = 10
const CR = 13
const SEMICOLON = 59

type State = 'size' | 'data' | 'data-end' | 'trailers'

/** Finds the bytes of the body between the sizes of its chunks. They are not copied. */
export class ChunkedBody {
  #state: State = 'size'
  /** Bytes of the current chunk that are to come. */
  #left = 0
  /** The begin of a line whose end has not arrived. */
  #line = ''
  #trailerBytes = 0
  #isComplete = false

  /** Whether the last chunk and the fields after it have arrived. */
  get isComplete(): boolean {
    return this.#isComplete
  }

  /**
   * Calls `take` with each part of the body in `bytes`. Returns the number of bytes that belong to this body: fewer than
   * there are if it is complete. Throws MalformedHttp.
   */
  push(bytes: Buffer, take: (part: Buffer) => void): number {
    let at = 0
    while (at < bytes.length && !this.#isComplete) {
      if (this.#state === 'data') {
        const end = Math.min(bytes.length, at + this.#left)
        take(at === 0 && end === bytes.length ? bytes : bytes.subarray(at, end))
        this.#left -= end - at
        if (this.#left === 0) this.#state = 'data-end'
        at = end
      } else at = this.#readLine(bytes, at)
    }
    return at
  }

  #readLine(bytes: Buffer, at: number): number {
    const next = this.#line === '' ? this.#readUsual(bytes, at) : 0
    if (next > 0) return next
    const lf = bytes.indexOf(LF, at)
    const end = lf === -1 ? bytes.length : lf
    this.#line += bytes.toString('latin1', at, end)
    if (this.#line.length > MAX_LINE_BYTES) throw new MalformedHttp('a line of a chunked body is too long')
    if (lf === -1) return end
    if (!this.#line.endsWith('\r')) throw new MalformedHttp('a line of a chunked body has no CR')
    const line = this.#line.slice(0, -1)
    this.#line = ''
    this.#endLine(line)
    return lf + 1
  }

  /** The usual lines, which are complete and have no extensions, without a string. Returns 0 for any other. */
  #readUsual(bytes: Buffer, at: number): number {
    if (this.#state === 'size') return this.#readSize(bytes, at)
    if (this.#state !== 'data-end' || bytes[at] !== CR || bytes[at + 1] !== LF) return 0
    this.#state = 'size'
    return at + 2
  }

  #readSize(bytes: Buffer, start: number): number {
    let size = 0
    for (let at = start; at < bytes.length && at < start + 8; at++) {
      const digit = hexDigit(bytes[at]!)
      if (digit >= 0) size = size * 16 + digit
      else if (at === start || bytes[at] !== CR || bytes[at + 1] !== LF) return 0
      else {
        this.#begin(size)
        return at + 2
      }
    }
    return 0
  }

  #endLine(line: string): void {
    if (this.#state === 'data-end') {
      if (line !== '') throw new MalformedHttp('a chunk is longer than its size')
      this.#state = 'size'
    } else if (this.#state === 'size') this.#begin(sizeIn(line))
    else if (line === '') this.#isComplete = true
    else if ((this.#trailerBytes += line.length) > MAX_TRAILER_BYTES) throw new MalformedHttp('trailers are too long')
  }

  #begin(size: number): void {
    this.#left = size
    this.#state = size === 0 ? 'trailers' : 'data'
  }
}

function sizeIn(line: string): number {
  const extension = line.indexOf(String.fromCharCode(SEMICOLON))
  const digits = (extension === -1 ? line : line.slice(0, extension)).trimEnd()
  if (!/^[\da-f]{1,12}$/i.test(digits)) throw new MalformedHttp('size of a chunk')
  return Number.parseInt(digits, 16)
}

function hexDigit(byte: number): number {
  if (byte >= 48 && byte <= 57) return byte - 48
  const lower = byte | 32
  return lower >= 97 && lower <= 102 ? lower - 87 : -1
}
