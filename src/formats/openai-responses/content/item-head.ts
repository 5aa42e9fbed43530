// The items of this format contain more than the parts they are decoded to: their id and status, the phase of a
// message, which texts belong to one message. Each part keeps the item that it was decoded from, to encode it in this
// format again.
import type { Part } from '../../../chat/part.ts'
import type { Message } from '../../../chat/request.ts'
import { originalOf, withOriginal } from '../../fields/originals.ts'

export interface ItemHead {
  /** The fields of the item beside its content: `{type, id, status}`. */
  readonly fields: Readonly<Record<string, unknown>>
  /** The content was written as a plain string, not as a list. */
  readonly isPlain?: boolean
  /** The content is empty; the part represents it. */
  readonly isEmpty?: boolean
  /** The part is the item itself, carried unchanged. */
  readonly isItem?: boolean
  /** The message was not an item but the field `instructions`; its original value. */
  readonly instructions?: unknown
  /** The message was not an item but the whole `input`, a plain string. */
  readonly isWholeInput?: boolean
}

interface Origin {
  readonly head: ItemHead
  /** Fields of the content part that the canonical model has in another place. */
  readonly more?: Readonly<Record<string, unknown>>
}

/** Attaches the head of an item. Parts of one item get the same head. */
export const withHead = <Value extends Part | Message>(value: Value, head: ItemHead, more?: Origin['more']): Value =>
  withOriginal(value, { head, ...(more && { more }) } satisfies Origin)

export const headOf = (value: Part | Message): ItemHead | undefined => (originalOf(value) as Origin | undefined)?.head

/** Whether the parts were decoded from one item. */
export const areOfOneItem = (one: Part, other: Part): boolean =>
  headOf(one) !== undefined && headOf(one) === headOf(other)

export const moreOf = (value: Part): Origin['more'] => (originalOf(value) as Origin | undefined)?.more
