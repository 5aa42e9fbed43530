import type { PartOpening } from '../../chat/event.ts'
import {
  announce,
  finishItem,
  type ItemStatus,
  type OpenItem,
  type PartEvent,
  placeOf,
  type Slot,
} from './open-item.ts'
import type { JsonObject } from '../../codecs/json/object.ts'

type Opening = Extract<PartOpening, { type: 'tool-call' }>

/** A function call. Its result refers to it by `call_id`; `id` identifies only the item. */
export class CallItem implements OpenItem {
  readonly #slot: Slot
  readonly #opening: Opening
  #arguments = ''
  #hasEnded = false

  constructor(slot: Slot, opening: Opening) {
    this.#slot = slot
    this.#opening = opening
    announce(slot, this.#item('in_progress'))
  }

  takes(): boolean {
    return false
  }

  start(): void {}

  push(event: Exclude<PartEvent, { type: 'part-start' }>): void {
    if (event.type === 'part-delta') this.#pushText(event.text)
    else if (event.type === 'part-end') this.#end()
  }

  close(status: ItemStatus): JsonObject {
    this.#end()
    return finishItem(this.#slot, this.#item(status))
  }

  #pushText(text: string): void {
    this.#arguments += text
    this.#emit('delta', `"delta":${JSON.stringify(text)}`)
  }

  /** No arguments are an empty object. */
  #end(): void {
    if (this.#hasEnded) return
    this.#hasEnded = true
    if (this.#arguments.trim() === '') this.#pushText('{}')
    this.#emit('done', `"arguments":${JSON.stringify(this.#arguments)}`)
  }

  #item(status: ItemStatus | 'in_progress'): JsonObject {
    const { id: call_id, name, extra } = this.#opening
    return { id: this.#slot.id, type: 'function_call', status, arguments: this.#arguments, call_id, name, ...extra }
  }

  #emit(type: 'delta' | 'done', fields: string): void {
    this.#slot.emit(`response.function_call_arguments.${type}`, placeOf(this.#slot) + fields)
  }
}
