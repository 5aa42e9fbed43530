import type { ChatEvent, PartOpening } from '../../../chat/event.ts'
import type { Losses } from '../../translation/losses.ts'
import type { JsonObject } from '../../../codecs/json/object.ts'

export type PartEvent = Extract<ChatEvent, { index: number }>

export type ItemStatus = 'completed' | 'incomplete'

/** Writes one event: its type, and the JSON of its fields without type, sequence number and braces. */
export type Emit = (type: string, fields: string) => void

/** The position of an item in the response, and what it needs for encoding. */
export interface Slot {
  readonly id: string
  readonly outputIndex: number
  readonly emit: Emit
  readonly losses: Losses
}

/** An item that was announced and is not done. */
export interface OpenItem {
  /** Whether a newly opened part belongs to this item. */
  takes(part: PartOpening): boolean
  start(part: PartOpening): void
  push(event: Exclude<PartEvent, { type: 'part-start' }>): void
  /** Ends the item and its open parts. Returns the item for the response. */
  close(status: ItemStatus): JsonObject
}

export const announce = ({ emit, outputIndex }: Slot, item: object): void =>
  emit('response.output_item.added', `"output_index":${outputIndex},"item":${JSON.stringify(item)}`)

export function finishItem({ emit, outputIndex }: Slot, item: JsonObject): JsonObject {
  emit('response.output_item.done', `"output_index":${outputIndex},"item":${JSON.stringify(item)}`)
  return item
}

/** The leading fields of every event of an item. */
export const placeOf = ({ id, outputIndex }: Slot): string =>
  `"item_id":${JSON.stringify(id)},"output_index":${outputIndex},`
