import type { PartOpening } from '../../../chat/event.ts'
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

type Opening = Extract<PartOpening, { type: 'tool-call' }>

interface Kind {
  readonly type: string
  /** The field with the arguments or the free text, and the word for it in the names of events. */
  readonly field: string
  readonly subject: string
}

const FUNCTION: Kind = { type: 'function_call', field: 'arguments', subject: 'function_call_arguments' }
const FREEFORM: Kind = { type: 'custom_tool_call', field: 'input', subject: 'custom_tool_call_input' }

/** A call of a function, or of a tool with free text. Its result refers to it by `call_id`; `id` identifies only the item. */
export class CallItem implements OpenItem {
  readonly #slot: Slot
  readonly #opening: Opening
  readonly #kind: Kind
  #arguments = ''
  #hasEnded = false

  constructor(slot: Slot, opening: Opening) {
    this.#slot = slot
    this.#opening = opening
    this.#kind = opening.isFreeform ? FREEFORM : FUNCTION
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

  /** No arguments of a function are an empty object. */
  #end(): void {
    if (this.#hasEnded) return
    this.#hasEnded = true
    if (this.#kind === FUNCTION && this.#arguments.trim() === '') this.#pushText('{}')
    this.#emit('done', `"${this.#kind.field}":${JSON.stringify(this.#arguments)}`)
  }

  #item(status: ItemStatus | 'in_progress'): JsonObject {
    const { id: call_id, name, namespace, extra } = this.#opening
    const { type, field } = this.#kind
    const group = namespace === undefined ? {} : { namespace }
    return { id: this.#slot.id, type, status, [field]: this.#arguments, call_id, name, ...group, ...extra }
  }

  #emit(type: 'delta' | 'done', fields: string): void {
    this.#slot.emit(`response.${this.#kind.subject}.${type}`, placeOf(this.#slot) + fields)
  }
}
