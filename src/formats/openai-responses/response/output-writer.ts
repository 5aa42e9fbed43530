import type { PartOpening } from '../../../chat/event.ts'
import { explanationOf, type Finish } from '../../../chat/finish.ts'
import type { MediaPart, NativePart, Seal } from '../../../chat/part.ts'
import type { TokenLogprob } from '../../../chat/response.ts'
import type { ResponseFacts } from '../../format.ts'
import type { Losses } from '../../translation/losses.ts'
import { CallItem } from './call-item.ts'
import type { OutputContents } from './finish.ts'
import { MessageItem } from './message-item.ts'
import { LABEL, NAME } from '../name.ts'
import {
  announce,
  type Emit,
  finishItem,
  type ItemStatus,
  type OpenItem,
  type PartEvent,
  type Slot,
} from './open-item.ts'
import type { JsonObject } from '../../../codecs/json/object.ts'
import { ReasoningItem } from './reasoning-item.ts'
import { ToolSearchItem } from './tool-search-item.ts'
import { isShownAsSummary } from '../content/seals.ts'

/** What the items of a response need for encoding. */
export interface OutputContext {
  readonly facts: ResponseFacts
  readonly losses: Losses
  /** The response was decoded from this format. */
  readonly isOwn: boolean
}

const PREFIXES = { text: 'msg', refusal: 'msg', reasoning: 'rs', 'tool-call': 'fc', media: 'ig' } as const

/**
 * Encodes parts as items and emits their events. One item is open at a time. It stays open until a part arrives that
 * does not belong to it, so that the last item of a truncated response can have the status `incomplete`.
 */
export class OutputWriter {
  readonly items: JsonObject[] = []
  readonly contents: { -readonly [Key in keyof OutputContents]: OutputContents[Key] } = {
    toolCalls: false,
    refusal: false,
  }
  readonly #context: OutputContext
  readonly #emit: Emit
  #item: OpenItem | undefined
  /** A call that waits for its first arguments: its seal comes before them, and must be written before the call. */
  #call: Extract<PartOpening, { type: 'tool-call' }> | undefined

  constructor(context: OutputContext, emit: Emit) {
    this.#context = context
    this.#emit = emit
  }

  push(event: PartEvent): void {
    if (event.type === 'part-start') return this.#start(event.part)
    if (this.#call) {
      if (event.type === 'part-seal') return this.#addSeal(event.seal)
      this.#openCall(this.#call)
    }
    this.#item?.push(event)
  }

  addLogprobs(tokens: readonly TokenLogprob[]): void {
    if (this.#item instanceof MessageItem) this.#item.addLogprobs(tokens)
  }

  /** Adds why the model declined, unless it refused in words of its own. */
  explain(finish: Finish): void {
    const text = this.#context.isOwn || this.contents.refusal ? undefined : explanationOf(finish)
    if (text === undefined) return
    const place = { choice: 0, index: 0 }
    this.push({ type: 'part-start', ...place, part: { type: 'refusal' } })
    this.push({ type: 'part-delta', ...place, text })
    this.push({ type: 'part-end', ...place })
  }

  close(status: ItemStatus): void {
    if (this.#call) this.#openCall(this.#call)
    const item = this.#item
    this.#item = undefined
    if (!item) return
    this.items.push(item.close(status))
    if (item instanceof MessageItem && item.seal) this.#addSeal(item.seal)
  }

  #start(part: PartOpening): void {
    if (this.#item?.takes(part)) return this.#item.start(part)
    this.close('completed')
    switch (part.type) {
      case 'text':
      case 'refusal':
        this.#item = new MessageItem(this.#slot(PREFIXES[part.type]))
        break
      case 'reasoning':
        this.#item = this.#reasoning(part)
        break
      case 'tool-call':
        this.#call = part
        this.contents.toolCalls = true
        return
      case 'media':
        return this.#addImage(part)
      case 'native':
        return this.#addNative(part)
    }
    this.contents.refusal ||= part.type === 'refusal'
    this.#item.start(part)
  }

  #reasoning(part: Extract<PartOpening, { type: 'reasoning' }>): ReasoningItem {
    const { request } = this.#context.facts
    // The provider knows the item by its own id.
    const id = part.id?.startsWith('rs_') ? part.id : undefined
    return new ReasoningItem(this.#slot(PREFIXES.reasoning, id), part, {
      isSummary: (opening) => isShownAsSummary(opening, request, this.#context.isOwn),
      isOwn: this.#context.isOwn,
    })
  }

  #openCall(call: Extract<PartOpening, { type: 'tool-call' }>): void {
    this.#call = undefined
    const { extra, ...opening } = call
    const own = this.#context.isOwn && extra ? { extra } : {}
    if (call.isToolSearch) this.#item = new ToolSearchItem(this.#slot('tsc'), opening)
    else this.#item = new CallItem(this.#slot(call.isFreeform ? 'ctc' : PREFIXES['tool-call']), { ...opening, ...own })
  }

  /**
   * Calls, images and messages have no field for a seal. It is written as reasoning without text, before a call or an
   * image and after a message, and is read back from there.
   */
  #addSeal(seal: Seal): void {
    if (seal.origin === 'none') return
    const item = this.#reasoning({ type: 'reasoning' })
    item.push({ type: 'part-seal', choice: 0, index: 0, seal })
    this.items.push(item.close('completed'))
  }

  #addImage({ kind, source, seal }: MediaPart): void {
    if (kind !== 'image' || source.type !== 'base64')
      return this.#context.losses.note(kind, `removed: ${LABEL} responses contain images as base64 only`)
    if (seal) this.#addSeal(seal)
    const slot = this.#slot(PREFIXES.media)
    const item = { id: slot.id, type: 'image_generation_call' }
    this.#whole(
      slot,
      { ...item, status: 'in_progress', result: null },
      { ...item, status: 'completed', result: source.data },
    )
  }

  #addNative({ format, kind, value }: NativePart): void {
    if (format !== NAME) return this.#context.losses.note(kind, `removed: ${LABEL} responses have no such part`)
    const slot = this.#slot(kind)
    this.#whole(slot, value as JsonObject, value as JsonObject)
  }

  #whole(slot: Slot, opening: JsonObject, item: JsonObject): void {
    announce(slot, opening)
    this.items.push(finishItem(slot, item))
  }

  #slot(prefix: string, id?: string): Slot {
    const outputIndex = this.items.length
    const { facts, losses } = this.#context
    return { id: id ?? `${prefix}_${facts.id}_${outputIndex}`, outputIndex, emit: this.#emit, losses }
  }
}
