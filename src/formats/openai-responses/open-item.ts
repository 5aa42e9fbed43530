import type { ChatEvent, PartOpening } from '../../chat/event.ts'
import type { Losses } from '../translation/losses.ts'

export type Wire = Record<string, unknown>

export type PartEvent = Extract<ChatEvent, { index: number }>

export type ItemStatus = 'completed' | 'incomplete'

/** Takes one event: its type, and the JSON of its fields beside type and sequence number, without braces. */
export type Emit = (type: string, fields: string) => void

/** Where an item stands in the response, and what it is written with. */
export interface Slot {
  readonly id: string
  readonly outputIndex: number
  readonly emit: Emit
  readonly losses: Losses
}

/** An item that has been announced and is not done. */
export interface OpenItem {
  /** Whether a part that opens now belongs to it. */
  takes(part: PartOpening): boolean
  start(part: PartOpening): void
  push(event: Exclude<PartEvent, { type: 'part-start' }>): void
  /** Ends it, with whatever of it is still open. The item as the response has it. */
  close(status: ItemStatus): Wire
}

export const announce = ({ emit, outputIndex }: Slot, item: object): void =>
  emit('response.output_item.added', `"output_index":${outputIndex},"item":${JSON.stringify(item)}`)

export function finishItem({ emit, outputIndex }: Slot, item: Wire): Wire {
  emit('response.output_item.done', `"output_index":${outputIndex},"item":${JSON.stringify(item)}`)
  return item
}

/** The fields that every event of an item begins with. */
export const placeOf = ({ id, outputIndex }: Slot): string =>
  `"item_id":${JSON.stringify(id)},"output_index":${outputIndex},`
