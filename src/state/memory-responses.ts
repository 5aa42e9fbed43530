import { type KeptItem, MemoryItems, nameIn } from './memory-items.ts'
import { numbered } from './item-ids.ts'
import type {
  FoundItem,
  NewResponse,
  Origin,
  ResponseStore,
  StoredItem,
  StoredResponse,
  StoreLimits,
} from './response-store.ts'

interface Entry {
  readonly owner: string
  readonly id: string
  readonly input: readonly KeptItem[] | undefined
  readonly output: readonly KeptItem[]
  readonly shell: string
  readonly origin: Origin | undefined
  readonly bytes: number
  usedMs: number
  /** Another response of this owner has the same id. */
  isAmbiguous: boolean
}

/** What a response costs beside its items and its text, and what it costs to list one item. */
const ENTRY_BYTES = 500
const LISTED_BYTES = 8

/** Keeps responses in this process. */
export class MemoryResponses implements ResponseStore {
  readonly #clock: () => number
  readonly #items = new MemoryItems()
  /** In the order of their last use, which is also the order in which they expire. */
  readonly #entries = new Map<string, Entry>()
  #limits: StoreLimits
  #entryBytes = 0

  /** `clock`: milliseconds of a monotonic clock. */
  constructor(limits: StoreLimits, clock: () => number = () => performance.now()) {
    this.#limits = limits
    this.#clock = clock
  }

  get count(): number {
    return this.#entries.size
  }

  get bytes(): number {
    return this.#entryBytes + this.#items.bytes
  }

  /** Applies a changed configuration. */
  limit(limits: StoreLimits): void {
    this.#limits = limits
    this.#trim()
  }

  async save(owner: string, response: NewResponse): Promise<boolean> {
    const { enabled, maxBytes } = this.#limits
    const known = this.#entries.get(nameIn(owner, response.id))
    if (known && !isSame(known, response)) {
      known.isAmbiguous = true
      return false
    }
    if (!enabled || sizeOf(response) > maxBytes) return false
    if (!known) this.#add(owner, response)
    this.#trim()
    return true
  }

  async find(owner: string, id: string): Promise<StoredResponse | undefined> {
    const entry = this.#use(owner, id)
    if (!entry) return undefined
    const { input, output, shell, origin } = entry
    return { input: input && listed(input), output: listed(output), shell, origin }
  }

  async findItems(owner: string, ids: readonly string[]): Promise<readonly (FoundItem | undefined)[]> {
    this.#trim()
    return ids.map((id) => this.#items.find(owner, id))
  }

  async delete(owner: string, id: string): Promise<boolean> {
    const entry = this.#use(owner, id)
    if (entry) this.#drop(entry)
    return entry !== undefined
  }

  #use(owner: string, id: string): Entry | undefined {
    this.#trim()
    const name = nameIn(owner, id)
    const entry = this.#entries.get(name)
    if (!entry || entry.isAmbiguous) return undefined
    entry.usedMs = this.#clock()
    this.#entries.delete(name)
    this.#entries.set(name, entry)
    return entry
  }

  #add(owner: string, { id, input, output, shell, origin }: NewResponse): void {
    const entry: Entry = {
      owner,
      id,
      input: input?.map((item) => this.#items.use(owner, item, 'input', undefined)),
      output: output.map((item) => this.#items.use(owner, item, 'output', origin)),
      shell,
      origin,
      bytes: Buffer.byteLength(shell) + ENTRY_BYTES + LISTED_BYTES * ((input?.length ?? 0) + output.length),
      usedMs: this.#clock(),
      isAmbiguous: false,
    }
    this.#entries.set(nameIn(owner, id), entry)
    this.#entryBytes += entry.bytes
  }

  #drop(entry: Entry): void {
    this.#entries.delete(nameIn(entry.owner, entry.id))
    this.#entryBytes -= entry.bytes
    for (const item of [...(entry.input ?? []), ...entry.output]) this.#items.release(entry.owner, item)
  }

  /** Drops what has expired, then what was used least recently, until the rest is within the limits. */
  #trim(): void {
    const { enabled, maxAgeMs, maxBytes, maxEntries } = this.#limits
    const oldestMs = this.#clock() - maxAgeMs
    for (const entry of this.#entries.values()) {
      const isOver = this.bytes > maxBytes || this.#entries.size > maxEntries
      if (enabled && !isOver && entry.usedMs > oldestMs) return
      this.#drop(entry)
    }
  }
}

function listed(items: readonly KeptItem[]): StoredItem[] {
  const ids = numbered(items.map(({ id }) => id))
  return items.map(({ text }, index) => ({ id: ids[index]!, text }))
}

const isSame = ({ output, shell }: Entry, response: NewResponse): boolean =>
  shell === response.shell &&
  output.length === response.output.length &&
  output.every(({ text }, index) => text === response.output[index]!.text)

/** Without the items that are kept already: what counts is whether the response alone fits. */
const sizeOf = ({ input, output, shell }: NewResponse): number =>
  [...(input ?? []), ...output].reduce((total, { text }) => total + Buffer.byteLength(text), Buffer.byteLength(shell))
