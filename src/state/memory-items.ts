import { withoutNumber } from './item-ids.ts'
import type { FoundItem, NewItem, Origin } from './response-store.ts'

/** A kept item. Responses that have the same item share it. */
export interface KeptItem {
  readonly id: string
  readonly text: string
  readonly key: string
  readonly bytes: number
  /** How many responses have it. */
  uses: number
  origin: Origin | undefined
  /** Another item of this owner has the same id. */
  isAmbiguous: boolean
}

/** What an item costs beside its text: its object, its key and its entries in two maps. */
const ITEM_BYTES = 400

/**
 * The items of all responses, each kept once: a conversation repeats them in every turn. They are found by their content
 * and by their id.
 */
export class MemoryItems {
  bytes = 0
  readonly #byKey = new Map<string, KeptItem>()
  readonly #byId = new Map<string, KeptItem>()

  /** The kept item with this content, with one use more. `origin`: of a generated item. */
  use(owner: string, item: NewItem, role: 'input' | 'output', origin: Origin | undefined): KeptItem {
    const kept = this.#find(owner, item) ?? this.#add(owner, item, role)
    kept.uses++
    kept.origin ??= origin
    return kept
  }

  release(owner: string, item: KeptItem): void {
    if (--item.uses > 0) return
    if (this.#byKey.get(item.key) === item) this.#byKey.delete(item.key)
    const name = nameIn(owner, item.id)
    if (this.#byId.get(name) === item) this.#byId.delete(name)
    this.bytes -= item.bytes
  }

  find(owner: string, id: string): FoundItem | undefined {
    const item = this.#byId.get(nameIn(owner, id)) ?? this.#byId.get(nameIn(owner, withoutNumber(id)))
    return item && !item.isAmbiguous ? { id, text: item.text, origin: item.origin } : undefined
  }

  #find(owner: string, { text }: NewItem): KeptItem | undefined {
    const kept = this.#byKey.get(keyOf(owner, text))
    return kept?.text === text ? kept : undefined
  }

  #add(owner: string, { id, prefix, text }: NewItem, role: 'input' | 'output'): KeptItem {
    const bytes = Buffer.byteLength(text) + ITEM_BYTES
    const item: KeptItem = {
      id: id ?? `${prefix}_${crypto.randomUUID().replaceAll('-', '')}`,
      text,
      key: keyOf(owner, text),
      bytes,
      uses: 0,
      origin: undefined,
      isAmbiguous: false,
    }
    // Two items may have one hash: the later one is then found by its id only, and kept again when it is repeated.
    if (!this.#byKey.has(item.key)) this.#byKey.set(item.key, item)
    this.bytes += bytes
    this.#name(nameIn(owner, item.id), item, role)
    return item
  }

  /** What a client sends back may differ from what the model generated, by a `status`: the generated item stays. */
  #name(name: string, item: KeptItem, role: 'input' | 'output'): void {
    const known = this.#byId.get(name)
    if (!known) this.#byId.set(name, item)
    else if (role === 'output') known.isAmbiguous = true
  }
}

/** The name of something of one owner. */
export const nameIn = (owner: string, id: string): string => `${owner}\0${id}`

/** A hash that is fast, not safe: the texts are compared as well. */
const keyOf = (owner: string, text: string): string => nameIn(owner, Bun.hash(text).toString(36))
