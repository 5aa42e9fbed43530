import { BACKSLASH, COLON, skipSpace } from './bytes.ts'
import { skipValue } from './skip.ts'

const MAX_DEPTH = 100

const { lastIndexOf } = Buffer.prototype

/**
 * The bytes of the last value that has the name `key` in a large JSON document, searched for from its end: the `usage`
 * of a multi-megabyte embeddings answer without parsing it. A view, not a copy; undefined if there is none or it does not
 * close.
 *
 * Text inside a string cannot pass for the name. There a quote must be written `\"`, so `"usage":` within a text stands
 * as `\"usage\":` and the closing quote of the name has a backslash before it. What is left is a text that itself ends
 * the string, as in the name `"so-called \"usage"`: its first quote has a backslash before it, and such a place is passed
 * over. A value `"usage"` is not followed by a colon.
 *
 * It can still be fooled, by a document in which
 * - a member of this name at any depth comes after the one that is meant: it does not know where it is,
 * - the name is written with escapes (`"us\u0061ge"`): it is not found,
 * - the key asked for is made of punctuation (`,` or `:`) and matches what stands between two strings,
 * - what stands around the value is not JSON: only the value itself is looked at.
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
    return undefined // cut off or not JSON: the reader of usage does without
  }
}
