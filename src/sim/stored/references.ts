// What a request of the Responses API refers to, replaced by the stored items.
import { type Fields, isFields } from '../wire/fields.ts'
import { outputOf, type StoredResponses } from './stored-responses.ts'

/** A reference to something that is not stored, as OpenAI reports it. */
export class NotStored extends Error {
  readonly status: 400 | 404
  readonly param: string | null
  readonly code: string | null

  constructor(status: 400 | 404, message: string, param: string | null, code: string | null = null) {
    super(message)
    this.status = status
    this.param = param
    this.code = code
  }
}

export const responseNotFound = (id: string) => new NotStored(404, `Response with id '${id}' not found.`, null)

/** Returns the body with the whole conversation as its input. Throws NotStored. */
export function withStoredItems(body: Fields, stored: StoredResponses): Fields {
  const { previous_response_id: previous, input, ...rest } = body
  const refers = typeof previous === 'string'
  if (!refers && !(Array.isArray(input) && input.some(isReference))) return body
  return { ...rest, input: [...(refers ? itemsBefore(previous, stored) : []), ...itemsOf(input, stored)] }
}

function itemsBefore(id: string, stored: StoredResponses): readonly unknown[] {
  const found = stored.find(id)
  if (found) return [...found.input, ...outputOf(found.response)]
  const message = `Previous response with id '${id}' not found.`
  throw new NotStored(400, message, 'previous_response_id', 'previous_response_not_found')
}

/** The items of an input, which can also be one text. */
export function itemsOf(input: unknown, stored: StoredResponses): readonly unknown[] {
  if (typeof input === 'string') return [{ type: 'message', role: 'user', content: input }]
  if (!Array.isArray(input)) return []
  return input.map((item: unknown) => (isReference(item) ? itemWithId(item['id'], stored) : item))
}

/** OpenAI takes an item with only an id as a reference, too. */
const isReference = (item: unknown): item is Fields & { readonly id: string } =>
  isFields(item) &&
  typeof item['id'] === 'string' &&
  (item['type'] === 'item_reference' || Object.keys(item).length === 1)

function itemWithId(id: string, stored: StoredResponses): Fields {
  const item = stored.findItem(id)
  if (item) return item
  throw new NotStored(404, `Item with id '${id}' not found.`, 'input')
}
