import { CLOSE_OBJECT, OPEN_OBJECT, skipSpace } from './bytes.ts'
import { unexpected } from './error.ts'

/** The bytes [start, end) become `text`; `start === end` inserts. */
export interface Edit {
  readonly start: number
  readonly end: number
  readonly text: Uint8Array | string
}

/**
 * Returns a copy of `bytes` with the edits applied and every other byte unchanged, in memory of the final size from
 * `allocate`.
 *
 * The edits must be in order and must not overlap; they may be adjacent, and insertions at one place stay in order.
 * Throws RangeError otherwise.
 */
export function splice(
  bytes: Uint8Array,
  edits: readonly Edit[],
  allocate: (length: number) => Buffer<ArrayBuffer> = Buffer.allocUnsafe,
): Buffer<ArrayBuffer> {
  const result = allocate(lengthAfter(bytes, edits))
  let from = 0
  let to = 0
  for (const { start, end, text } of edits) {
    result.set(bytes.subarray(from, start), to)
    to += start - from
    if (typeof text === 'string') to += result.write(text, to)
    else {
      result.set(text, to)
      to += text.length
    }
    from = end
  }
  result.set(bytes.subarray(from), to)
  return result
}

function lengthAfter(bytes: Uint8Array, edits: readonly Edit[]): number {
  let length = bytes.length
  let last = 0
  for (const { start, end, text } of edits) {
    if (!(start >= last && end >= start && end <= bytes.length))
      throw new RangeError(`The edit of bytes ${start} to ${end} is out of order or out of the ${bytes.length} bytes`)
    length += (typeof text === 'string' ? Buffer.byteLength(text) : text.length) - (end - start)
    last = end
  }
  return length
}

/**
 * The edit that adds a member as the first one of the object in `bytes`. `valueText` is JSON. The caller makes sure that
 * the object has no member of this name. Throws JsonScanError if `bytes` does not begin with an object.
 */
export function insertMember(bytes: Uint8Array, name: string, valueText: string): Edit {
  const open = skipSpace(bytes, 0)
  if (bytes[open] !== OPEN_OBJECT) throw unexpected(bytes, open, 'an object')
  const isAlone = bytes[skipSpace(bytes, open + 1)] === CLOSE_OBJECT
  return { start: open + 1, end: open + 1, text: `${JSON.stringify(name)}:${valueText}${isAlone ? '' : ','}` }
}
