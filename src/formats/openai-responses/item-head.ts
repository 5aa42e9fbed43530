// The items of this language hold more than the parts they are read into: their own id and status, the phase of a
// message, which texts are of one message. Each part remembers the item it was read from, for its own language.
import type { Part } from '../../chat/part.ts'
import type { Message } from '../../chat/request.ts'
import { originalOf, withOriginal } from '../fields/originals.ts'

export interface ItemHead {
  /** The fields of the item beside its content: `{type, id, status}`. */
  readonly fields: Readonly<Record<string, unknown>>
  /** The content was written as one bare text. */
  readonly isPlain?: boolean
  /** The content has nothing in it; the part stands for that. */
  readonly isEmpty?: boolean
  /** The part is the item itself, carried whole. */
  readonly isItem?: boolean
  /** The message was no item but the field `instructions`, as it was written there. */
  readonly instructions?: unknown
  /** The message was no item but all of `input`, a bare text. */
  readonly isWholeInput?: boolean
}

interface Origin {
  readonly head: ItemHead
  /** Fields of the content part that the model here has in another place. */
  readonly more?: Readonly<Record<string, unknown>>
}

/** Parts of one item are given the same head. */
export const withHead = <Value extends Part | Message>(value: Value, head: ItemHead, more?: Origin['more']): Value =>
  withOriginal(value, { head, ...(more && { more }) } satisfies Origin)

export const headOf = (value: Part | Message): ItemHead | undefined => (originalOf(value) as Origin | undefined)?.head

/** Parts that were read from one item. */
export const areOfOneItem = (one: Part, other: Part): boolean =>
  headOf(one) !== undefined && headOf(one) === headOf(other)

export const moreOf = (value: Part): Origin['more'] => (originalOf(value) as Origin | undefined)?.more
