import type { ChatEvent, PartOpening } from '../../chat/event.ts'
import { unfold } from '../../chat/unfold.ts'
import { answerFields, isRecord } from '../fields/fields.ts'
import { decodeLogprobs } from '../openai-shared/logprobs.ts'
import { filled, listOf, numberOf } from '../fields/values.ts'
import { decodeItem } from './decode-items.ts'
import { NAME } from './name.ts'
import { cite, closePart, complete, extend, type OpenPart } from './open-part.ts'
import { decodeSeal, sealOrigin } from './seals.ts'
import type { JsonObject } from '../../codecs/json/object.ts'

interface Item {
  readonly type: string
  readonly id: string | undefined
  readonly extra: JsonObject | undefined
  /** By position: contents are 0, 2, 4, summaries 1, 3, 5. */
  readonly parts: Map<number, OpenPart>
  last: OpenPart | undefined
}

const CALL = 0

/** The kind of part that a delta opens if no event announced it. */
const DELTAS: Readonly<Record<string, 'text' | 'refusal' | 'reasoning'>> = {
  'response.output_text.delta': 'text',
  'response.refusal.delta': 'refusal',
  'response.reasoning_text.delta': 'reasoning',
  'response.reasoning_summary_text.delta': 'reasoning',
}
const PARTS: Readonly<Record<string, 'text' | 'refusal' | 'reasoning'>> = {
  output_text: 'text',
  text: 'text',
  refusal: 'refusal',
  reasoning_text: 'reasoning',
  summary_text: 'reasoning',
}

/**
 * Decodes the events of items. They are distinguished by `output_index`, and within an item by content or summary
 * index. Items of hosted tools are emitted when they are done.
 */
export class ItemReader {
  readonly contents = { toolCalls: false, refusal: false }
  hasItems = false
  model: string | undefined
  readonly #items = new Map<unknown, Item>()
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
    for (const item of this.#items.values()) closeParts(item, out)
    this.#items.clear()
  }

  #add(event: JsonObject, out: ChatEvent[]): void {
    const { item } = event
    if (!isRecord(item)) return
    const key = keyOf(event)
    // A repeated index begins another item.
    const before = this.#items.get(key)
    if (before) closeParts(before, out)
    const added = itemOf(item)
    this.#items.set(key, added)
    if (added.type === 'function_call') this.#openCall(added, item, out)
  }

  /** A call is emitted as soon as its name and id are known. */
  #openCall(item: Item, { call_id, name }: JsonObject, out: ChatEvent[]): OpenPart | undefined {
    if (!filled(call_id) || !filled(name)) return undefined
    const extra = item.extra ? { extra: item.extra } : {}
    this.contents.toolCalls = true
    return this.#open(item, CALL, { type: 'tool-call', id: call_id as string, name: name as string, ...extra }, out)
  }

  #openAnnounced(event: JsonObject, out: ChatEvent[]): void {
    const type = isRecord(event['part']) ? PARTS[String(event['part']['type'])] : undefined
    if (type) this.#partAt(type, event, out)
  }

  /** The part of an event; it is opened if necessary. */
  #partAt(type: 'text' | 'refusal' | 'reasoning', event: JsonObject, out: ChatEvent[]): OpenPart {
    const item = this.#itemAt(type, event)
    const isSummary = event['summary_index'] !== undefined
    const index = (isSummary ? event['summary_index'] : event['content_index']) ?? 0
    const place = numberOf(index) * 2 + (isSummary ? 1 : 0)
    const known = item.parts.get(place)
    if (known) return known
    return this.#openText(item, place, type, out)
  }

  #openText(item: Item, place: number, type: 'text' | 'refusal' | 'reasoning', out: ChatEvent[]): OpenPart {
    if (type !== 'reasoning') {
      this.contents.refusal ||= type === 'refusal'
      return this.#open(item, place, { type }, out)
    }
    const isSummary = place % 2 === 1
    const named = item.id === undefined ? {} : { id: item.id }
    return this.#open(item, place, { type, ...(isSummary && { isSummary }), ...named }, out)
  }

  #itemAt(type: 'text' | 'refusal' | 'reasoning', event: JsonObject): Item {
    const key = keyOf(event)
    const known = this.#items.get(key)
    if (known) return known
    const item = itemOf({ type: type === 'reasoning' ? 'reasoning' : 'message', id: event['item_id'] })
    this.#items.set(key, item)
    return item
  }

  /** Opens a part and ends the previous one: only now, because the seal of an item comes last. */
  #open(item: Item, place: number, part: PartOpening, out: ChatEvent[]): OpenPart {
    if (item.last) closePart(item.last, out)
    this.hasItems = true
    const opened = { index: this.#parts++, type: part.type, isOpen: true, hasText: false, citations: 0 }
    item.parts.set(place, opened)
    item.last = opened
    out.push({ type: 'part-start', choice: 0, index: opened.index, part })
    return opened
  }

  /** The log probabilities are emitted before their delta, so that an encoder can write both together. */
  #pushDelta(type: 'text' | 'refusal' | 'reasoning', event: JsonObject, out: ChatEvent[]): void {
    const part = this.#partAt(type, event, out)
    const { logprobs } = event
    const tokens = Array.isArray(logprobs) && logprobs.length > 0 ? decodeLogprobs({ content: logprobs }) : undefined
    if (tokens) out.push({ type: 'logprobs', choice: 0, tokens })
    extend(part, event['delta'], out)
  }

  /** Argument deltas of a call that was not announced are ignored: the arguments are read when the call is done. */
  #extendCall(event: JsonObject, out: ChatEvent[]): void {
    const part = this.#items.get(keyOf(event))?.parts.get(CALL)
    if (part) extend(part, event['delta'], out)
  }

  #endCall(event: JsonObject, out: ChatEvent[]): void {
    const part = this.#items.get(keyOf(event))?.parts.get(CALL)
    if (part && !part.hasText) extend(part, event['arguments'], out)
  }

  #cite(event: JsonObject, out: ChatEvent[]): void {
    if (!isRecord(event['annotation'])) return
    cite(this.#partAt('text', event, out), event['annotation'], out)
  }

  #endPart(event: JsonObject, out: ChatEvent[]): void {
    const { part: done } = event
    const type = isRecord(done) ? PARTS[String(done['type'])] : undefined
    if (!type) return
    const part = this.#partAt(type, event, out)
    complete(part, done as JsonObject, out)
    if (type !== 'reasoning') closePart(part, out)
  }

  /** The item is complete: emits what is missing. */
  #end(event: JsonObject, out: ChatEvent[]): void {
    const { item: done } = event
    if (!isRecord(done)) return
    const key = keyOf(event)
    const item = this.#items.get(key) ?? itemOf(done)
    this.#items.delete(key)
    switch (item.type) {
      case 'message':
        for (const [index, content] of listOf(done['content']).entries()) this.#fill(item, index * 2, content, out)
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
    closeParts(item, out)
  }

  #endCallItem(item: Item, done: JsonObject, out: ChatEvent[]): void {
    const part = item.parts.get(CALL) ?? this.#openCall(item, done, out)
    // Decoding the complete item reports the missing field.
    if (!part) return this.#emitWhole(done, out)
    if (!part.hasText) extend(part, done['arguments'], out)
  }

  #endReasoning(item: Item, done: JsonObject, out: ChatEvent[]): void {
    for (const [index, part] of listOf(done['summary']).entries()) this.#fill(item, index * 2 + 1, part, out)
    for (const [index, part] of listOf(done['content']).entries()) this.#fill(item, index * 2, part, out)
    const { seal } = decodeSeal(filled(done['encrypted_content']), sealOrigin(this.model))
    const last = item.last ?? this.#openText(item, 0, 'reasoning', out)
    if (seal && last.isOpen) out.push({ type: 'part-seal', choice: 0, index: last.index, seal })
  }

  #fill(item: Item, place: number, value: unknown, out: ChatEvent[]): void {
    const type = isRecord(value) ? PARTS[String(value['type'])] : undefined
    if (!type) return
    complete(item.parts.get(place) ?? this.#openText(item, place, type, out), value as JsonObject, out)
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

const keyOf = ({ output_index, item_id }: JsonObject): unknown => output_index ?? item_id

const READ: ReadonlySet<string> = new Set(['type', 'id', 'status', 'arguments', 'call_id', 'name'])

function itemOf(item: JsonObject): Item {
  const left = Object.entries(item).filter(([key, value]) => !READ.has(key) && value !== null && value !== undefined)
  return {
    type: filled(item['type']) ?? 'message',
    id: filled(item['id']),
    extra: item['type'] === 'function_call' && left.length > 0 ? Object.fromEntries(left) : undefined,
    parts: new Map(),
    last: undefined,
  }
}

function closeParts(item: Item, out: ChatEvent[]): void {
  for (const part of item.parts.values()) closePart(part, out)
}
