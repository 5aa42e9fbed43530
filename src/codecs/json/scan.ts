import { CLOSE_OBJECT, COLON, COMMA, OPEN_OBJECT, QUOTE, skipSpace } from './bytes.ts'
import { JsonScanError, unexpected } from './error.ts'
import { type JsonType, skipValue, typeAt } from './skip.ts'
import { decodeString, skipString } from './string.ts'

export { JsonScanError, type JsonScanReason } from './error.ts'
export type { JsonType } from './skip.ts'

/** A request has about 40 members. A million would block all other requests for a second. */
const MAX_MEMBERS = 1000

/** A member of the scanned object. Its value is the bytes [start, end), without the white space around it. */
export interface JsonMember {
  readonly key: string
  readonly type: JsonType
  /** Offset of the quote that opens the name. */
  readonly keyStart: number
  readonly start: number
  readonly end: number
  /** The value is `{}`, `[]` or `""`, whatever white space is inside the brackets. */
  readonly empty: boolean
}

/**
 * Finds the members of the JSON object in `bytes`, in order, without parsing their values.
 *
 * Checked: the punctuation, names, numbers and words of the top level; that no name occurs twice (compared decoded); that
 * there are at most 1000 members; that nothing follows the object; that every string and bracket closes; that nesting
 * is at most `maxDepth` (the object itself is level 1; never more than 1000). Not checked: punctuation, numbers, words
 * and duplicate names inside a value, and escapes and control characters in the later parts of long strings (see
 * skipString). UTF-8 is checked in names only; use `isUtf8` of node:buffer for the whole body.
 *
 * Throws JsonScanError and nothing else.
 */
export function scanObject(bytes: Uint8Array, maxDepth: number): JsonMember[] {
  const open = openingOf(bytes)
  if (maxDepth < 1) throw new JsonScanError('too_deep', open, `Nested more than ${maxDepth} levels deep`)
  const members: JsonMember[] = []
  const close = readMembers(bytes, skipSpace(bytes, open + 1), maxDepth, members)
  const rest = skipSpace(bytes, close + 1)
  if (rest < bytes.length) throw unexpected(bytes, rest, 'nothing after the object')
  return members
}

function openingOf(bytes: Uint8Array): number {
  const at = skipSpace(bytes, 0)
  const first = bytes[at]
  if (first === OPEN_OBJECT) return at
  if (first === undefined) throw new JsonScanError('empty', at, 'Expected an object but found the end')
  if (first === 0xef && bytes[at + 1] === 0xbb) throw unexpected(bytes, at, 'an object without a byte order mark')
  if (first >= 0xfe) throw new JsonScanError('not_utf8', at, 'Expected UTF-8 but found the byte order mark of UTF-16')
  const type = typeAt(bytes, at)
  if (type === undefined) throw unexpected(bytes, at, 'an object')
  throw new JsonScanError('not_object', at, `Expected an object but found a value of type ${type}`)
}

/** Fills `members` and returns the offset of the bracket that closes the object. */
function readMembers(bytes: Uint8Array, start: number, maxDepth: number, members: JsonMember[]): number {
  if (bytes[start] === CLOSE_OBJECT) return start
  const seen = new Set<string>()
  let at = start
  for (;;) {
    const member = readMember(bytes, at, maxDepth)
    if (seen.has(member.key)) throw new JsonScanError('duplicate_key', at, 'Duplicate member name')
    seen.add(member.key)
    if (seen.size > MAX_MEMBERS) throw new JsonScanError('too_many', at, `More than ${MAX_MEMBERS} members`)
    members.push(member)
    at = skipSpace(bytes, member.end)
    if (bytes[at] === CLOSE_OBJECT) return at
    if (bytes[at] !== COMMA) throw unexpected(bytes, at, "',' or '}'")
    at = skipSpace(bytes, at + 1)
  }
}

function readMember(bytes: Uint8Array, at: number, maxDepth: number): JsonMember {
  if (bytes[at] !== QUOTE) throw unexpected(bytes, at, 'a member name in double quotes')
  const keyEnd = skipString(bytes, at)
  const key = decodeString(bytes, at, keyEnd)
  const colon = skipSpace(bytes, keyEnd)
  if (bytes[colon] !== COLON) throw unexpected(bytes, colon, "':'")
  const start = skipSpace(bytes, colon + 1)
  const type = typeAt(bytes, start)
  if (type === undefined) throw unexpected(bytes, start, 'a value')
  const end = skipValue(bytes, start, 2, maxDepth)
  return { key, type, keyStart: at, start, end, empty: isEmpty(bytes, type, start, end) }
}

function isEmpty(bytes: Uint8Array, type: JsonType, start: number, end: number): boolean {
  if (type === 'string') return end - start === 2
  return (type === 'object' || type === 'array') && skipSpace(bytes, start + 1) === end - 1
}
