import { CLOSE_ARRAY, CLOSE_OBJECT, MINUS, OPEN_ARRAY, OPEN_OBJECT, POINT, QUOTE, ZERO, tableOf } from './bytes.ts'
import { JsonScanError, unexpected } from './error.ts'
import { skipString } from './string.ts'

export type JsonType = 'object' | 'array' | 'string' | 'number' | 'boolean' | 'null'

/** The maximum depth, whatever the caller allows: nesting is followed by recursion, and the stack is limited. */
const MAX_DEPTH = 1000

const TRUE = 0x74
const FALSE = 0x66
const NULL = 0x6e
const DIGIT = tableOf('0123456789')
const EXPONENT = tableOf('eE')
const SIGN = tableOf('+-')

/** The type of the value that begins at `start`, by its first byte; undefined if no value begins with that byte. */
export function typeAt(bytes: Uint8Array, start: number): JsonType | undefined {
  const first = bytes[start]
  if (first === QUOTE) return 'string'
  if (first === OPEN_OBJECT) return 'object'
  if (first === OPEN_ARRAY) return 'array'
  if (first === TRUE || first === FALSE) return 'boolean'
  if (first === NULL) return 'null'
  return first === MINUS || DIGIT[first!] ? 'number' : undefined
}

/** The offset after the value that begins at `start`; a container there is at nesting `depth`. Throws JsonScanError. */
export function skipValue(bytes: Uint8Array, start: number, depth: number, maxDepth: number): number {
  switch (bytes[start]) {
    case QUOTE:
      return skipString(bytes, start)
    case OPEN_OBJECT:
    case OPEN_ARRAY:
      return skipContainer(bytes, start, depth, Math.min(maxDepth, MAX_DEPTH))
    case TRUE:
      return skipWord(bytes, start, 'true')
    case FALSE:
      return skipWord(bytes, start, 'false')
    case NULL:
      return skipWord(bytes, start, 'null')
    default:
      return skipNumber(bytes, start)
  }
}

/**
 * Follows strings and brackets; each bracket must close its own kind. Nothing between them is checked: commas, colons,
 * names, numbers and words inside a value are left to the parser.
 */
function skipContainer(bytes: Uint8Array, start: number, depth: number, maxDepth: number): number {
  if (depth > maxDepth) throw new JsonScanError('too_deep', start, `Nested more than ${maxDepth} levels deep`)
  const close = bytes[start] === OPEN_OBJECT ? CLOSE_OBJECT : CLOSE_ARRAY
  let at = start + 1
  while (at < bytes.length) {
    const byte = bytes[at]!
    if (byte === QUOTE) at = skipString(bytes, at)
    else if (byte === OPEN_OBJECT || byte === OPEN_ARRAY) at = skipContainer(bytes, at, depth + 1, maxDepth)
    else if (byte === close) return at + 1
    else if (byte === CLOSE_OBJECT || byte === CLOSE_ARRAY) break
    else at++
  }
  throw unexpected(bytes, at, `'${String.fromCharCode(close)}' (for the bracket at byte ${start})`)
}

/** The grammar of RFC 8259, section 6. */
function skipNumber(bytes: Uint8Array, start: number): number {
  let at = bytes[start] === MINUS ? start + 1 : start
  at = bytes[at] === ZERO ? at + 1 : skipDigits(bytes, at) // so 01 ends after its zero
  if (bytes[at] === POINT) at = skipDigits(bytes, at + 1)
  if (!EXPONENT[bytes[at]!]) return at
  return skipDigits(bytes, SIGN[bytes[at + 1]!] ? at + 2 : at + 1)
}

function skipDigits(bytes: Uint8Array, start: number): number {
  let at = start
  while (DIGIT[bytes[at]!]) at++
  if (at === start) throw unexpected(bytes, at, 'a digit')
  return at
}

function skipWord(bytes: Uint8Array, start: number, word: string): number {
  for (let index = 0; index < word.length; index++)
    if (bytes[start + index] !== word.charCodeAt(index)) throw unexpected(bytes, start + index, `the word ${word}`)
  return start + word.length
}
