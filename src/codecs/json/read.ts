import type { JsonMember } from './scan.ts'
import { decodeString } from './string.ts'

const TRUE = 0x74
const { latin1Slice } = Buffer.prototype

/** The text of a member of type `string`. Throws JsonScanError for an escape or UTF-8 that the scan did not look at. */
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

/** Asking for the wrong type is a mistake of the caller, who has the type in hand, not of whoever wrote the bytes. */
function requireType(member: JsonMember, type: JsonMember['type']): void {
  if (member.type !== type) throw new TypeError(`Expected a ${type}, and the member is of type ${member.type}`)
}
