// What the events of finished parts and items repeat. Servers count indexes differently there, so what was received is
// recognized by its length.
import type { JsonObject } from '../../../codecs/json/object.ts'
import type { ChatEvent } from '../../../chat/event.ts'
import { isRecord } from '../../fields/fields.ts'
import { numberOf } from '../../fields/values.ts'
import { annotationsOf, cite, extend, type OpenPart, textOf } from './open-part.ts'
import type { ReceivedItem } from './received-items.ts'

export type TextType = 'text' | 'refusal' | 'reasoning'

const TYPES: Readonly<Record<string, TextType>> = {
  output_text: 'text',
  text: 'text',
  refusal: 'refusal',
  reasoning_text: 'reasoning',
  summary_text: 'reasoning',
}

/** The type of a part of an item; undefined for a part that is no text. */
export const textTypeOf = (part: unknown): TextType | undefined =>
  isRecord(part) ? TYPES[String(part['type'])] : undefined

/** Whether a place is one of a summary. */
export const isSummaryAt = (place: number): boolean => place % 2 === 1

/** The place of an event's part in its item. */
export const placeOf = ({ summary_index: summary, content_index: content }: JsonObject): number =>
  summary === undefined ? numberOf(content ?? 0) * 2 : numberOf(summary ?? 0) * 2 + 1

/** The part whose text this event of a finished part repeats, also under an index that no delta had. */
export function repeatedPart(
  item: ReceivedItem,
  type: TextType,
  event: JsonObject,
  text: string,
): OpenPart | undefined {
  const place = placeOf(event)
  const known = item.parts.get(place)
  if (known?.type === type) return known
  const received = lengthOf(item, type, isSummaryAt(place)) - (item.repeated[type] ?? 0)
  return text !== '' && received >= text.length ? item.opened.findLast((part) => part.type === type) : undefined
}

/** Opens a part at a place of the item. */
type OpenText = (place: number, type: TextType) => OpenPart

/**
 * Emits the texts and citations of a finished item that no earlier event had. `first`: the place of its first part. As
 * many units of text as arrived before are taken as repeated.
 */
export function fillItem(
  item: ReceivedItem,
  contents: readonly unknown[],
  first: 0 | 1,
  open: OpenText,
  out: ChatEvent[],
): void {
  const received: Partial<Record<TextType, number>> = {}
  let citations = item.opened.reduce((sum, part) => sum + part.citations, 0)
  for (const [index, content] of contents.entries()) {
    const type = textTypeOf(content)
    if (!type) continue
    const done = content as JsonObject
    const place = index * 2 + first
    const text = textOf(done)
    const left = (received[type] ??= lengthOf(item, type, first === 1))
    received[type] = Math.max(0, left - text.length)
    const part = partFor(item, place, type, left === 0 && text !== '') ?? open(place, type)
    if (left === 0) extend(part, text, out)
    const annotations = annotationsOf(done)
    for (const annotation of annotations.slice(citations)) cite(part, annotation, out)
    citations = Math.max(0, citations - annotations.length)
  }
}

/** The part that a content of a finished item belongs to. `isMissing`: its text has not been emitted. */
function partFor(item: ReceivedItem, place: number, type: TextType, isMissing: boolean): OpenPart | undefined {
  const isSummary = type === 'reasoning' && isSummaryAt(place)
  const isOfKind = (part: OpenPart | undefined): part is OpenPart => part?.type === type && part.isSummary === isSummary
  const known = item.parts.get(place)
  const part = isOfKind(known) ? known : item.opened.findLast(isOfKind)
  return !isMissing || (part?.isOpen && part.length === 0) ? part : undefined
}

/** Units of text that the parts of one kind have received. */
const lengthOf = (item: ReceivedItem, type: TextType, isSummary: boolean): number =>
  item.opened.reduce(
    (sum, part) =>
      part.type === type && part.isSummary === (type === 'reasoning' && isSummary) ? sum + part.length : sum,
    0,
  )
