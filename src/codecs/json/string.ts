import { BACKSLASH, QUOTE, tableOf } from './bytes.ts'
import { JsonScanError, unexpected } from './error.ts'

/** The number of bytes to read one by one before it is faster to call the search for the next quote. */
const NEAR_BYTES = 64

const UNICODE = 0x75
const ESCAPES = tableOf('"\\/bfnrtu')
const HEX = tableOf('0123456789abcdefABCDEF')

/** Not the method of the value itself: Buffer's method of this name costs 180 ns per call instead of 15. */
const { indexOf } = Uint8Array.prototype
const { latin1Slice } = Buffer.prototype
const utf8 = new TextDecoder('utf-8', { fatal: true })

/**
 * The offset after the string that opens at `start`. Throws JsonScanError if it never closes.
 *
 * Control characters and invalid escapes are detected where bytes are read one by one: in the first 64 bytes of a
 * string and in the 64 after each escaped quote. Beyond these the search jumps from quote to quote and checks nothing
 * in between.
 */
export function skipString(bytes: Uint8Array, start: number): number {
  let at = start + 1
  let near = at + NEAR_BYTES
  for (;;) {
    while (at < near) {
      const byte = bytes[at]
      if (byte === QUOTE) return at + 1
      if (byte === BACKSLASH) {
        at = skipEscape(bytes, at)
        if (bytes[at - 1] === QUOTE) near = at + NEAR_BYTES
      } else if (byte === undefined || byte < 0x20) throw unexpected(bytes, at, 'the end of a string')
      else at++
    }
    const quote = indexOf.call(bytes, QUOTE, at)
    if (quote === -1) throw unexpected(bytes, bytes.length, 'the end of a string')
    if (!isEscaped(bytes, quote)) return quote + 1
    at = quote + 1
    near = at + NEAR_BYTES
  }
}

/** Whether an odd number of backslashes precedes `at`. In pairs they escape each other. */
function isEscaped(bytes: Uint8Array, at: number): boolean {
  let first = at
  while (bytes[first - 1] === BACKSLASH) first--
  return (at - first) % 2 === 1
}

/** RFC 8259, section 7. */
function skipEscape(bytes: Uint8Array, start: number): number {
  const letter = bytes[start + 1]
  if (!ESCAPES[letter!]) throw unexpected(bytes, start + 1, 'an escape such as \\n')
  if (letter !== UNICODE) return start + 2
  for (let at = start + 2; at < start + 6; at++)
    if (!HEX[bytes[at]!]) throw unexpected(bytes, at, 'a hexadecimal digit')
  return start + 6
}

/**
 * The text of the string whose quotes are at `start` and `end - 1`. Throws JsonScanError for invalid UTF-8 or escapes.
 */
export function decodeString(bytes: Uint8Array, start: number, end: number): string {
  if (isPlain(bytes, start + 1, end - 1)) return latin1Slice.call(bytes, start + 1, end - 1)
  const text = decodeUtf8(bytes, start, end)
  try {
    return JSON.parse(text) as string
  } catch {
    throw new JsonScanError('syntax', start, 'Found an invalid escape or a control character in the string')
  }
}

/** Printable ASCII without escapes, which has the same bytes in Latin-1: most member names and model names. */
function isPlain(bytes: Uint8Array, start: number, end: number): boolean {
  for (let at = start; at < end; at++) {
    const byte = bytes[at]!
    if (byte < 0x20 || byte >= 0x80 || byte === BACKSLASH) return false
  }
  return true
}

function decodeUtf8(bytes: Uint8Array, start: number, end: number): string {
  try {
    return utf8.decode(bytes.subarray(start, end))
  } catch {
    throw new JsonScanError('not_utf8', start, 'Found bytes that are not UTF-8 in the string')
  }
}
