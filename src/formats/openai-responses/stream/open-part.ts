import type { ChatEvent, PartOpening } from '../../../chat/event.ts'
import { isRecord } from '../../fields/fields.ts'
import { listOf } from '../../fields/values.ts'
import { decodeCitation } from '../content/citations.ts'
import type { JsonObject } from '../../../codecs/json/object.ts'

/** A part that is decoded from a stream. */
export interface OpenPart {
  readonly index: number
  readonly type: PartOpening['type']
  readonly isSummary: boolean
  isOpen: boolean
  /** Units of text so far. */
  length: number
  citations: number
}

export function extend(part: OpenPart, text: unknown, out: ChatEvent[]): void {
  if (!part.isOpen || typeof text !== 'string' || text === '') return
  part.length += text.length
  out.push({ type: 'part-delta', choice: 0, index: part.index, text })
}

/** The text of a finished part. */
export function textOf({ text, refusal }: JsonObject): string {
  const value = text ?? refusal
  return typeof value === 'string' ? value : ''
}

/** Emits the content of a finished part that no delta had. */
export function complete(part: OpenPart, done: JsonObject, out: ChatEvent[]): void {
  if (part.length === 0) extend(part, textOf(done), out)
  for (const annotation of annotationsOf(done).slice(part.citations)) cite(part, annotation, out)
}

export const annotationsOf = (done: JsonObject): JsonObject[] => listOf(done['annotations']).filter(isRecord)

export function cite(part: OpenPart, annotation: JsonObject, out: ChatEvent[]): void {
  if (!part.isOpen) return
  part.citations++
  out.push({ type: 'part-citation', choice: 0, index: part.index, citation: decodeCitation(annotation) })
}

export function closePart(part: OpenPart, out: ChatEvent[]): void {
  if (!part.isOpen) return
  part.isOpen = false
  out.push({ type: 'part-end', choice: 0, index: part.index })
}
