import type { ChatEvent, PartOpening } from '../../../chat/event.ts'
import { unfold } from '../../../chat/unfold.ts'
import { answerFields, isRecord } from '../../fields/fields.ts'
import { decodeLogprobs } from '../../openai-shared/logprobs.ts'
import { filled, listOf } from '../../fields/values.ts'
import { decodeItem } from '../content/decode-items.ts'
import { NAME } from '../name.ts'
import { fillItem, isSummaryAt, placeOf, repeatedPart, textTypeOf, type TextType } from './finished-item.ts'
import { cite, closePart, complete, extend, type OpenPart, textOf } from './open-part.ts'
import { createItem, type ReceivedItem, ReceivedItems } from './received-items.ts'
import { decodeSeal, sealOrigin } from '../content/seals.ts'
import type { JsonObject } from '../../../codecs/json/object.ts'

const CALL = 0

/** The kind of part that a delta opens if no event announced it. */
const DELTAS: Readonly<Record<string, TextType>> = {
  'response.output_text.delta': 'text',
  'response.refusal.delta': 'refusal',
  'response.reasoning_text.delta': 'reasoning',
  'response.reasoning_summary_text.delta': 'reasoning',
}
/**
 * Decodes the events of items. Within an item, parts are distinguished by content or summary index. What the events of
 * finished parts and items repeat is recognized by its length, because servers count indexes differently there. Items of
 * hosted tools are emitted when they are done.
 */
export class ItemReader {
  readonly contents = { toolCalls: false, refusal: false }
  hasItems = false
  model: string | undefined
  readonly #items = new ReceivedItems()
  #parts = 0

  push(type: string, event: JsonObject, out: ChatEvent[]): void {
    switch (type) {
      case 'response.output_text.delta':
      case 'response.refusal.delta':
      case 'response.reasoning_text.delta':
      case 'response.reasoning_summary_text.delta':
        return this.#pushDelta(DELTAS[type]!, event, out)
      case 'response.function_call_arguments.delta':
        return this.#extendCall(event, out)
      case 'response.output_item.added':
        return this.#add(event, out)
      case 'response.content_part.added':
      case 'response.reasoning_part.added':
      case 'response.reasoning_summary_part.added':
        return this.#openAnnounced(event, out)
      case 'response.output_text.annotation.added':
        return this.#cite(event, out)
      case 'response.content_part.done':
        return this.#endPart(event, out)
      case 'response.function_call_arguments.done':
        return this.#endCall(event, out)
      case 'response.output_item.done':
        return this.#end(event, out)
    }
  }

  /** Ends what the stream left open. */
  close(out: ChatEvent[]): void {
    for (const item of this.#items.takeAll()) closeParts(item, out)
  }

  #add(event: JsonObject, out: ChatEvent[]): void {
    const { item } = event
    if (!isRecord(item)) return
    // A repeated index begins another item.
    const { added, before } = this.#items.add(item, event, true)
    if (before) closeParts(before, out)
    if (added.type === 'function_call') this.#openCall(added, item, out)
  }

  /** A call is emitted as soon as its name and id are known. */
  #openCall(item: ReceivedItem, { call_id, name }: JsonObject, out: ChatEvent[]): OpenPart | undefined {
    if (!filled(call_id) || !filled(name)) return undefined
    const extra = item.extra ? { extra: item.extra } : {}
    this.contents.toolCalls = true
    return this.#open(item, CALL, { type: 'tool-call', id: call_id as string, name: name as string, ...extra }, out)
  }

  #openAnnounced(event: JsonObject, out: ChatEvent[]): void {
    const type = textTypeOf(event['part'])
    if (type) this.#partAt(type, event, out)
  }

  /** The part of an event; it is opened if necessary. */
  #partAt(type: TextType, event: JsonObject, out: ChatEvent[]): OpenPart {
    const item = this.#itemAt(type, event)
    const place = placeOf(event)
    const known = item.parts.get(place)
    if (known?.isOpen && known.type === type) return known
    return this.#openText(item, place, type, out)
  }

  /**
   * The part that a delta extends. vLLM gives every delta another content index: without an announcement, it continues
   * the part before it.
   */
  #extended(type: TextType, event: JsonObject, out: ChatEvent[]): OpenPart {
    const item = this.#itemAt(type, event)
    const place = placeOf(event)
    const last = item.opened.at(-1)
    const continues =
      !item.parts.has(place) && last?.isOpen && last.type === type && last.isSummary === isSummaryAt(place)
    if (!continues || last.isSummary) return this.#partAt(type, event, out)
    item.parts.set(place, last)
    return last
  }

  #openText(item: ReceivedItem, place: number, type: TextType, out: ChatEvent[]): OpenPart {
    if (type !== 'reasoning') {
      this.contents.refusal ||= type === 'refusal'
      return this.#open(item, place, { type }, out)
    }
    const isSummary = isSummaryAt(place)
    const named = item.id === undefined ? {} : { id: item.id }
    return this.#open(item, place, { type, ...(isSummary && { isSummary }), ...named }, out)
  }

  #itemAt(type: TextType, event: JsonObject): ReceivedItem {
    const itemType = type === 'reasoning' ? 'reasoning' : 'message'
    const known = this.#items.find(event, itemType)
    if (known) return known
    return this.#items.add({ type: itemType, id: event['item_id'] }, event, false).added
  }

  /** Opens a part and ends the previous one: only now, because the seal of an item comes last. */
  #open(item: ReceivedItem, place: number, part: PartOpening, out: ChatEvent[]): OpenPart {
    const last = item.opened.at(-1)
    if (last) closePart(last, out)
    this.hasItems = true
    const kind = { type: part.type, isSummary: part.type === 'reasoning' && isSummaryAt(place) }
    const opened: OpenPart = { index: this.#parts++, ...kind, isOpen: true, length: 0, citations: 0 }
    item.parts.set(place, opened)
    item.opened.push(opened)
    out.push({ type: 'part-start', choice: 0, index: opened.index, part })
    return opened
  }

  /** The log probabilities are emitted before their delta, so that an encoder can write both together. */
  #pushDelta(type: TextType, event: JsonObject, out: ChatEvent[]): void {
    const part = this.#extended(type, event, out)
    const { logprobs } = event
    const tokens = Array.isArray(logprobs) && logprobs.length > 0 ? decodeLogprobs({ content: logprobs }) : undefined
    if (tokens) out.push({ type: 'logprobs', choice: 0, tokens })
    extend(part, event['delta'], out)
  }

  /** Argument deltas of a call that was not announced are ignored: the arguments are read when the call is done. */
  #extendCall(event: JsonObject, out: ChatEvent[]): void {
    const part = this.#items.find(event, 'function_call')?.parts.get(CALL)
    if (part) extend(part, event['delta'], out)
  }

  #endCall(event: JsonObject, out: ChatEvent[]): void {
    const part = this.#items.find(event, 'function_call')?.parts.get(CALL)
    if (part?.length === 0) extend(part, event['arguments'], out)
  }

  #cite(event: JsonObject, out: ChatEvent[]): void {
    if (!isRecord(event['annotation'])) return
    cite(this.#partAt('text', event, out), event['annotation'], out)
  }

  #endPart(event: JsonObject, out: ChatEvent[]): void {
    const { part: done } = event
    const type = textTypeOf(done)
    if (!type) return
    const item = this.#itemAt(type, event)
    const part = repeatedPart(item, type, event, textOf(done as JsonObject)) ?? this.#partAt(type, event, out)
    complete(part, done as JsonObject, out)
    item.repeated[type] = (item.repeated[type] ?? 0) + textOf(done as JsonObject).length
    if (type !== 'reasoning') closePart(part, out)
  }

  /** The item is complete: emits what is missing. */
  #end(event: JsonObject, out: ChatEvent[]): void {
    const { item: done } = event
    if (!isRecord(done)) return
    const item = this.#items.findDone(event, filled(done['type']) ?? 'message') ?? createItem(done, event, false)
    switch (item.type) {
      case 'message':
        this.#fill(item, listOf(done['content']), 0, out)
        break
      case 'reasoning':
        this.#endReasoning(item, done, out)
        break
      case 'function_call':
        this.#endCallItem(item, done, out)
        break
      default:
        this.#emitWhole(done, out)
    }
    this.#remove(item, out)
  }

  #endCallItem(item: ReceivedItem, done: JsonObject, out: ChatEvent[]): void {
    const part = item.parts.get(CALL) ?? this.#openCall(item, done, out)
    // Decoding the complete item reports the missing field.
    if (!part) return this.#emitWhole(done, out)
    if (part.length === 0) extend(part, done['arguments'], out)
  }

  #endReasoning(item: ReceivedItem, done: JsonObject, out: ChatEvent[]): void {
    this.#fill(item, listOf(done['summary']), 1, out)
    this.#fill(item, listOf(done['content']), 0, out)
    const { seal } = decodeSeal(filled(done['encrypted_content']), sealOrigin(this.model))
    const last = item.opened.at(-1) ?? this.#openText(item, 0, 'reasoning', out)
    if (seal && last.isOpen) out.push({ type: 'part-seal', choice: 0, index: last.index, seal })
  }

  #fill(item: ReceivedItem, contents: readonly unknown[], first: 0 | 1, out: ChatEvent[]): void {
    fillItem(item, contents, first, (place, type) => this.#openText(item, place, type, out), out)
  }

  #remove(item: ReceivedItem, out: ChatEvent[]): void {
    this.#items.remove(item)
    closeParts(item, out)
  }

  #emitWhole(done: JsonObject, out: ChatEvent[]): void {
    const parts = decodeItem(answerFields(done, 'item'), done, sealOrigin(this.model))
    this.hasItems = true
    for (const event of unfold({ format: NAME, choices: [{ parts, finish: { reason: 'other' } }] }))
      if ('index' in event) out.push({ ...event, index: event.index + this.#parts })
    this.#parts += parts.length
    this.contents.toolCalls ||= parts.some(({ type }) => type === 'tool-call')
  }
}

function closeParts(item: ReceivedItem, out: ChatEvent[]): void {
  for (const part of item.opened) closePart(part, out)
}
