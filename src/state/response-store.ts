// Responses of the Responses API that later requests refer to. A driver keeps them in memory, in another process, or in
// another service; `test/response-store-contract.ts` is what each of them promises.

/** The endpoint that keeps a response itself, under the same id. */
export interface Origin {
  /** The key of the endpoint. */
  readonly endpoint: string
  /** The configured name of the model that answered. */
  readonly model: string
}

/** An item of a conversation as it is saved. */
export interface NewItem {
  /** The id inside of it; undefined if it has none. */
  readonly id: string | undefined
  /** What an id that the store gives begins with: `msg`. */
  readonly prefix: string
  /** JSON. */
  readonly text: string
}

/** An item as it is found again. Every item has an id, if only one that the store gave. */
export interface StoredItem {
  readonly id: string
  readonly text: string
}

export interface NewResponse {
  readonly id: string
  /** Everything that the model was given, earlier turns included; undefined if only the origin knows it. */
  readonly input: readonly NewItem[] | undefined
  readonly output: readonly NewItem[]
  /** The response object as JSON, with an empty `output`. */
  readonly shell: string
  readonly origin: Origin | undefined
}

export interface StoredResponse {
  readonly input: readonly StoredItem[] | undefined
  readonly output: readonly StoredItem[]
  readonly shell: string
  readonly origin: Origin | undefined
}

/** An item that was found by its id, and the endpoint that knows it under this id. */
export interface FoundItem extends StoredItem {
  readonly origin: Origin | undefined
}

/**
 * Keeps responses for a while, bounded in time, number and bytes. What is used least recently is dropped first. An owner
 * never finds what belongs to another. An id that was saved twice with different content is found no more: it is not
 * clear whose conversation it is.
 */
export interface ResponseStore {
  /** Whether it is kept; false if it is too large. */
  save(owner: string, response: NewResponse): Promise<boolean>
  find(owner: string, id: string): Promise<StoredResponse | undefined>
  /** In the order of `ids`; undefined for an unknown one. */
  findItems(owner: string, ids: readonly string[]): Promise<readonly (FoundItem | undefined)[]>
  /** Whether it existed. Its items stay while other responses have them. */
  delete(owner: string, id: string): Promise<boolean>
}

export interface StoreLimits {
  readonly enabled: boolean
  /** Since the last use. */
  readonly maxAgeMs: number
  readonly maxBytes: number
  readonly maxEntries: number
}
