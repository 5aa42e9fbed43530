import type { ChatEvent, PartOpening } from '../../chat/event.ts'
import { isRecord } from '../fields/fields.ts'
import { listOf } from '../fields/values.ts'
import { decodeCitation } from './citations.ts'
import type { JsonObject } from '../../codecs/json/object.ts'

/** A part that is decoded from a stream. */
export interface OpenPart {
  readonly index: number
  readonly type: PartOpening['type']
  isOpen: boolean
  hasText: boolean
  citations: number
}

export function extend(part: OpenPart, text: unknown, out: ChatEvent[]): void {
  if (!part.isOpen || typeof text !== 'string' || text === '') return
  part.hasText = true
  out.push({ type: 'part-delta', choice: 0, index: part.index, text })
}

/** Emits the content of a finished part that no delta had. */
export function complete(part: OpenPart, done: JsonObject, out: ChatEvent[]): void {
  if (!part.hasText) extend(part, done['text'] ?? done['refusal'], out)
  for (const annotation of listOf(done['annotations']).slice(part.citations))
    if (isRecord(annotation)) cite(part, annotation, out)
}

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
