import type { PartOpening } from '../../../chat/event.ts'
import type { Seal } from '../../../chat/part.ts'
import { sealText, UNSIGNED } from '../../../chat/seal.ts'
import { NAME } from '../name.ts'
import {
  announce,
  finishItem,
  type ItemStatus,
  type OpenItem,
  type PartEvent,
  placeOf,
  type Slot,
} from './open-item.ts'
import type { JsonObject } from '../../../codecs/json/object.ts'

type Opening = Extract<PartOpening, { type: 'reasoning' }>

export interface ReasoningRules {
  readonly isSummary: (opening: Opening) => boolean
  /** The upstream's own item, which it may have stored. */
  readonly isOwn: boolean
}

/**
 * A reasoning item: summaries, or the reasoning itself as `reasoning_text`, and the seal that the client must return.
 * An item without text is announced and done.
 */
export class ReasoningItem implements OpenItem {
  readonly #slot: Slot
  readonly #rules: ReasoningRules
  readonly #name: string | undefined
  readonly #summary: string[] = []
  readonly #content: string[] = []
  #opening: Opening
  #place: string | undefined
  #text = ''
  #seal: Seal | undefined

  constructor(slot: Slot, opening: Opening, rules: ReasoningRules) {
    this.#slot = slot
    this.#rules = rules
    this.#name = opening.id
    this.#opening = opening
    announce(slot, { id: slot.id, type: 'reasoning', summary: [], status: 'in_progress' })
  }

  /** Pieces with the same id are one item. */
  takes(part: PartOpening): boolean {
    return part.type === 'reasoning' && part.id !== undefined && part.id === this.#name
  }

  start(part: PartOpening): void {
    this.#end()
    this.#opening = part as Opening
  }

  push(event: Exclude<PartEvent, { type: 'part-start' }>): void {
    if (event.type === 'part-delta') this.#pushText(event.text)
    else if (event.type === 'part-seal') this.#seal = { ...this.#seal, ...event.seal }
    else if (event.type === 'part-end') this.#end()
  }

  close(status: ItemStatus): JsonObject {
    this.#end()
    const { id } = this.#slot
    // OpenAI rejects reasoning that it has neither stored nor encrypted. The placeholder shows that it is another model's.
    const seal = this.#seal ?? (this.#rules.isOwn ? undefined : UNSIGNED)
    return finishItem(this.#slot, {
      id,
      type: 'reasoning',
      summary: this.#summary.map((text) => ({ type: 'summary_text', text })),
      ...(this.#content.length > 0 && { content: this.#content.map((text) => ({ type: 'reasoning_text', text })) }),
      ...(seal && { encrypted_content: sealText(seal, NAME) }),
      status,
    })
  }

  #pushText(text: string): void {
    if (this.#place === undefined) this.#open()
    this.#text += text
    this.#emit(
      this.#isSummary ? 'reasoning_summary_text.delta' : 'reasoning_text.delta',
      `"delta":${JSON.stringify(text)}`,
    )
  }

  get #isSummary(): boolean {
    return this.#rules.isSummary(this.#opening)
  }

  #open(): void {
    const isSummary = this.#isSummary
    const at = isSummary ? `"summary_index":${this.#summary.length},` : `"content_index":${this.#content.length},`
    this.#place = placeOf(this.#slot) + at
    this.#text = ''
    this.#emit(isSummary ? 'reasoning_summary_part.added' : 'content_part.added', this.#part())
  }

  #end(): void {
    if (this.#place === undefined) return
    const text = `"text":${JSON.stringify(this.#text)}`
    if (this.#isSummary) {
      this.#emit('reasoning_summary_text.done', text)
      this.#emit('reasoning_summary_part.done', this.#part())
      this.#summary.push(this.#text)
    } else {
      this.#emit('reasoning_text.done', text)
      this.#emit('content_part.done', this.#part())
      this.#content.push(this.#text)
    }
    this.#place = undefined
  }

  #part(): string {
    return `"part":${JSON.stringify({ type: this.#isSummary ? 'summary_text' : 'reasoning_text', text: this.#text })}`
  }

  #emit(type: string, fields: string): void {
    this.#slot.emit(`response.${type}`, this.#place! + fields)
  }
}
