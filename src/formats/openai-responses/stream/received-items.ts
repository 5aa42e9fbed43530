import type { JsonObject } from '../../../codecs/json/object.ts'
import { isRecord } from '../../fields/fields.ts'
import { filled } from '../../fields/values.ts'
import type { OpenPart } from './open-part.ts'

/** An item of a stream that is not done. */
export interface ReceivedItem {
  readonly type: string
  readonly id: string | undefined
  /** Its position in the output, as the upstream counts; undefined if the upstream gives none. */
  readonly outputIndex: unknown
  /** The upstream announced it; otherwise its first delta opened it. */
  readonly isAnnounced: boolean
  readonly extra: JsonObject | undefined
  /** By position: contents are 0, 2, 4, summaries 1, 3, 5. */
  readonly parts: Map<number, OpenPart>
  /** In the order in which they opened. */
  readonly opened: OpenPart[]
  /** Units of text that `content_part.done` events have repeated, by the type of the part. */
  readonly repeated: Partial<Record<OpenPart['type'], number>>
}

/**
 * The items of a stream that are not done, and which of them an event belongs to. Servers name an item by its id, by its
 * `output_index`, or by both, and some count the index differently in different events.
 */
export class ReceivedItems {
  readonly #items: ReceivedItem[] = []

  takeAll(): readonly ReceivedItem[] {
    return this.#items.splice(0)
  }

  /**
   * The item of an event, `type` being the type of item that the event is for: the one with its id and its index, with
   * its id, with its index. An event that names no item belongs to the last one of its type.
   */
  find(event: JsonObject, type: string): ReceivedItem | undefined {
    const [id, index] = [itemIdOf(event), event['output_index'] ?? undefined]
    const last = this.#items.at(-1)
    if (last && last.outputIndex === index && last.id === id) return last
    const byId = id === undefined ? [] : this.#items.filter((item) => item.id === id)
    const byIndex = (item: ReceivedItem) => index !== undefined && item.outputIndex === index
    return (
      byId.find(byIndex) ??
      byId.at(-1) ??
      this.#items.findLast((item) => item.type === type && byIndex(item)) ??
      (id === undefined ? this.#lastOf(type, index) : undefined)
    )
  }

  /** As `find`, for the event that ends an item: it also ends the last item of its type if it names an unknown one. */
  findDone(event: JsonObject, type: string): ReceivedItem | undefined {
    return this.find(event, type) ?? this.#items.findLast((item) => item.type === type && hasText(item))
  }

  /** Adds an item. Returns the item that it replaces: the other one with its index. */
  add(item: JsonObject, event: JsonObject, isAnnounced: boolean): { added: ReceivedItem; before?: ReceivedItem } {
    const added = createItem(item, event, isAnnounced)
    const { outputIndex: index } = added
    const before = index === undefined ? undefined : this.#items.find(({ outputIndex }) => outputIndex === index)
    if (before) this.remove(before)
    this.#items.push(added)
    return before ? { added, before } : { added }
  }

  remove(item: ReceivedItem): void {
    const at = this.#items.indexOf(item)
    if (at !== -1) this.#items.splice(at, 1)
  }

  /** Without an id: the last item of the type. An unknown index can only mean an announced one that has no text yet. */
  #lastOf(type: string, index: unknown): ReceivedItem | undefined {
    return this.#items.findLast(
      (item) => item.type === type && (index === undefined || (item.isAnnounced && !hasText(item))),
    )
  }
}

const hasText = ({ opened }: ReceivedItem): boolean => opened.some(({ length }) => length > 0)

/** The id of the item that an event is for. */
const itemIdOf = ({ item_id, item }: JsonObject): string | undefined =>
  filled(item_id) ?? (isRecord(item) ? filled(item['id']) : undefined)

const READ: ReadonlySet<string> = new Set(['type', 'id', 'status', 'arguments', 'call_id', 'name'])

export function createItem(item: JsonObject, event: JsonObject, isAnnounced: boolean): ReceivedItem {
  const left = Object.entries(item).filter(([key, value]) => !READ.has(key) && value !== null && value !== undefined)
  return {
    type: filled(item['type']) ?? 'message',
    id: filled(item['id']),
    outputIndex: event['output_index'] ?? undefined,
    isAnnounced,
    extra: item['type'] === 'function_call' && left.length > 0 ? Object.fromEntries(left) : undefined,
    parts: new Map(),
    opened: [],
    repeated: {},
  }
}
