import { GatewayError } from '../../errors.ts'
import { listedItem } from '../../formats/openai-responses/response/response-text.ts'
import type { StoredItem } from '../../state/response-store.ts'

const DEFAULT_LIMIT = 20
const MAX_LIMIT = 100

/**
 * A page of the items that a response was given: the newest first, unless `order=asc`. Throws GatewayError
 * `invalid_request` for a query that makes no sense.
 * Source: https://platform.openai.com/docs/api-reference/responses/input-items
 */
export function listInputItems(items: readonly StoredItem[], query: URLSearchParams): object {
  const limit = readLimit(query.get('limit'))
  const ordered = readOrder(query.get('order')) === 'asc' ? items : items.toReversed()
  const [start, end] = [placeOf(ordered, 'after', query) + 1, placeOf(ordered, 'before', query)]
  const rest = ordered.slice(start, end === -1 ? undefined : end)
  // The page before an item is the one that ends at it.
  const page = end === -1 || start > 0 ? rest.slice(0, limit) : rest.slice(-limit)
  return {
    object: 'list',
    data: page.map(({ id, text }) => listedItem(id, text)),
    first_id: page[0]?.id ?? null,
    last_id: page.at(-1)?.id ?? null,
    has_more: rest.length > page.length,
  }
}

function readLimit(text: string | null): number {
  if (text === null) return DEFAULT_LIMIT
  const limit = /^\d{1,4}$/.test(text) ? Number(text) : 0
  if (limit < 1 || limit > MAX_LIMIT) throw wrong('limit', `must be a whole number from 1 to ${MAX_LIMIT}`)
  return limit
}

function readOrder(text: string | null): string {
  if (text !== null && text !== 'asc' && text !== 'desc') throw wrong('order', 'must be "asc" or "desc"')
  return text ?? 'desc'
}

/** The index of the item that a cursor names; -1 without a cursor. */
function placeOf(items: readonly StoredItem[], cursor: 'after' | 'before', query: URLSearchParams): number {
  const id = query.get(cursor)
  if (id === null) return -1
  const place = items.findIndex((item) => item.id === id)
  if (place === -1) throw wrong(cursor, 'must be the id of an item of this list')
  return place
}

const wrong = (param: string, what: string) => new GatewayError('invalid_request', `"${param}" ${what}.`, { param })
