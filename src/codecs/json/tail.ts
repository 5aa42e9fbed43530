import { BACKSLASH, COLON, skipSpace } from './bytes.ts'
import { skipValue } from './skip.ts'

const MAX_DEPTH = 100

const { lastIndexOf } = Buffer.prototype

/**
 * Finds the last value with the name `key` in a large JSON document, searching from the end without parsing: the
 * `usage` of a multi-megabyte embeddings response. Returns a view, not a copy; undefined if there is none or it does
 * not close.
 *
 * Text inside a string is not mistaken for the name. In a string a quote is written `\"`, so `"usage":` becomes
 * `\"usage\":` and the closing quote of the name has a backslash before it. A text that itself ends the string remains,
 * as in the name `"so-called \"usage"`: its first quote has a backslash before it, and such a match is skipped. A value
 * `"usage"` is not followed by a colon.
 *
 * The result is wrong for a document in which
 * - a member of this name at any depth follows the intended one, because the search does not know the depth,
 * - the name is written with escapes (`"us\u0061ge"`), so that it is not found,
 * - the key consists of punctuation (`,` or `:`) and matches text between two strings,
 * - the text around the value is not JSON: only the value itself is checked.
 */
export function lastMember(bytes: Uint8Array, key: string): Uint8Array | undefined {
  const name = Buffer.from(JSON.stringify(key))
  let at = bytes.length
  while (at > 0) {
    at = lastIndexOf.call(bytes, name, at - 1)
    if (at === -1) return undefined
    const colon = skipSpace(bytes, at + name.length)
    if (bytes[colon] === COLON && bytes[at - 1] !== BACKSLASH) return valueFrom(bytes, skipSpace(bytes, colon + 1))
  }
  return undefined
}

function valueFrom(bytes: Uint8Array, start: number): Uint8Array | undefined {
  try {
    return bytes.subarray(start, skipValue(bytes, start, 1, MAX_DEPTH))
  } catch {
    return undefined // truncated or not JSON: the response is metered without usage
  }
}
