import { CLOSE_ARRAY, COMMA, OPEN_ARRAY, skipSpace } from './bytes.ts'
import { unexpected } from './error.ts'
import { skipValue } from './skip.ts'

/** The value of one element: the bytes [start, end), without the white space around it. */
export interface JsonElement {
  readonly start: number
  readonly end: number
}

/**
 * Finds the elements of the JSON array that begins at `start`, in order, without parsing them. What is checked inside of
 * an element is what `scanObject` checks inside of a value. Throws JsonScanError and nothing else.
 */
export function scanArray(bytes: Uint8Array, start: number, maxDepth: number): JsonElement[] {
  if (bytes[start] !== OPEN_ARRAY) throw unexpected(bytes, start, 'an array')
  const elements: JsonElement[] = []
  let at = skipSpace(bytes, start + 1)
  if (bytes[at] === CLOSE_ARRAY) return elements
  for (;;) {
    const end = skipValue(bytes, at, 2, maxDepth)
    elements.push({ start: at, end })
    at = skipSpace(bytes, end)
    if (bytes[at] === CLOSE_ARRAY) return elements
    if (bytes[at] !== COMMA) throw unexpected(bytes, at, "',' or ']'")
    at = skipSpace(bytes, at + 1)
  }
}
