import type { JsonMember } from './scan.ts'
import { decodeString } from './string.ts'

const TRUE = 0x74
const { latin1Slice } = Buffer.prototype

/**
 * The text of a member of type `string`. Throws JsonScanError for an invalid escape or invalid UTF-8 that the scan did
 * not check.
 */
export function readString(bytes: Uint8Array, member: JsonMember): string {
  requireType(member, 'string')
  return decodeString(bytes, member.start, member.end)
}

/** The value of a member of type `number`; beyond the range of a double it is Infinity, as with JSON.parse. */
export function readNumber(bytes: Uint8Array, member: JsonMember): number {
  requireType(member, 'number')
  return Number(latin1Slice.call(bytes, member.start, member.end))
}

/** The value of a member of type `boolean`. */
export function readBoolean(bytes: Uint8Array, member: JsonMember): boolean {
  requireType(member, 'boolean')
  return bytes[member.start] === TRUE
}

/** Reading the wrong type is a bug in the calling code, which knows the type; the bytes are not at fault. */
function requireType(member: JsonMember, type: JsonMember['type']): void {
  if (member.type !== type) throw new TypeError(`Expected a ${type}, but the member is of type ${member.type}`)
}
