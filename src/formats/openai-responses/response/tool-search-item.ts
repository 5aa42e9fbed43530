import type { PartOpening } from '../../../chat/event.ts'
import { parseToolInput } from '../../translation/tool-input.ts'
import { announce, finishItem, type ItemStatus, type OpenItem, type PartEvent, type Slot } from './open-item.ts'
import type { JsonObject } from '../../../codecs/json/object.ts'

type Opening = Extract<PartOpening, { type: 'tool-call' }>

/** A search for tools, which the client runs. It has no events of its own, and its arguments are an object. */
export class ToolSearchItem implements OpenItem {
  readonly #slot: Slot
  readonly #opening: Opening
  #arguments = ''

  constructor(slot: Slot, opening: Opening) {
    this.#slot = slot
    this.#opening = opening
    announce(slot, this.#item('in_progress', {}))
  }

  takes(): boolean {
    return false
  }

  start(): void {}

  push(event: Exclude<PartEvent, { type: 'part-start' }>): void {
    if (event.type === 'part-delta') this.#arguments += event.text
  }

  close(status: ItemStatus): JsonObject {
    return finishItem(this.#slot, this.#item(status, parseToolInput(this.#arguments) ?? {}))
  }

  #item(status: ItemStatus | 'in_progress', input: object): JsonObject {
    const { id } = this.#slot
    return { id, type: 'tool_search_call', execution: 'client', status, arguments: input, call_id: this.#opening.id }
  }
}
