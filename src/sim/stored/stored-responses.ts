// The responses that a simulated server of the Responses API keeps, so that later requests can refer to them.
import type { Fields } from '../wire/fields.ts'

export interface StoredResponse {
  /** As it was sent. */
  readonly response: Fields
  /** Everything that the model was given, earlier responses included. */
  readonly input: readonly unknown[]
}

export interface StoredResponses {
  find(id: string): StoredResponse | undefined
  /** An item of the input or the output of a stored response. */
  findItem(id: string): Fields | undefined
  keep(response: Fields, input: readonly unknown[]): void
  /** Whether there was one. */
  remove(id: string): boolean
}

export const MAX_RESPONSES = 1000
const MAX_CHARACTERS = 64 * 1024 * 1024

interface Entry extends StoredResponse {
  readonly items: ReadonlyMap<string, Fields>
  readonly characters: number
}

/** The oldest responses are dropped first. `maxCharacters`: of the JSON of all of them. */
export function createStoredResponses(maxCharacters = MAX_CHARACTERS): StoredResponses {
  const entries = new Map<string, Entry>()
  let characters = 0
  const remove = (id: string) => {
    characters -= entries.get(id)?.characters ?? 0
    return entries.delete(id)
  }
  return {
    find: (id) => entries.get(id),
    findItem: (id) => [...entries.values()].findLast(({ items }) => items.has(id))?.items.get(id),
    keep(response, input) {
      const id = response['id']
      if (typeof id !== 'string') return
      remove(id)
      const entry = entryOf(response, input)
      entries.set(id, entry)
      characters += entry.characters
      for (const oldest of entries.keys()) {
        if (entries.size <= MAX_RESPONSES && characters <= maxCharacters) return
        remove(oldest)
      }
    },
    remove,
  }
}

function entryOf(response: Fields, input: readonly unknown[]): Entry {
  const all = [...input, ...outputOf(response)] as readonly Fields[]
  const named = all.flatMap((item): [string, Fields][] =>
    typeof item?.['id'] === 'string' ? [[item['id'], item]] : [],
  )
  const characters = JSON.stringify(response).length + JSON.stringify(input).length
  return { response, input, items: new Map(named), characters }
}

export const outputOf = ({ output }: Fields): readonly unknown[] => (Array.isArray(output) ? output : [])
