import { SimError } from '../wire/errors.ts'
import { type Json, numberIn, type Place, type Schema } from './keywords.ts'

const TRIES = 60

/** A list with as many items as the schema asks for, or one to three. */
export function arrayOf(schema: Schema, place: Place): Json[] {
  const { heads, rest } = itemSchemas(schema)
  const contained = 'contains' in schema ? (numberIn(schema, 'minContains') ?? 1) : 0
  const length = lengthOf(schema, heads.length, rest, contained, place)
  const list: Json[] = []
  for (let at = 0; at < length; at++) {
    const part = heads[at] ?? rest
    // Whatever has to be contained stands at the end, where no position has a schema of its own.
    const schemaAt = at >= length - contained ? { allOf: [part, schema['contains']] } : part
    const item = schema['uniqueItems'] === true ? another(list, schemaAt, place) : place.below(schemaAt)
    if (item !== undefined) list.push(item)
  }
  if (list.length >= (numberIn(schema, 'minItems') ?? 0)) return list
  throw new SimError(400, 'The JSON schema asks for more different items than were found.')
}

/** The schemas of the first positions and of all others; draft 7 wrote the former as a list of `items`. */
function itemSchemas(schema: Schema): { heads: readonly unknown[]; rest: unknown } {
  const { prefixItems, items, additionalItems } = schema
  if (Array.isArray(items)) return { heads: items, rest: additionalItems ?? true }
  return { heads: Array.isArray(prefixItems) ? prefixItems : [], rest: items ?? true }
}

function lengthOf(schema: Schema, heads: number, rest: unknown, contained: number, { random, sparse }: Place): number {
  const least = Math.max(numberIn(schema, 'minItems') ?? 0, contained > 0 ? heads + contained : 0)
  const most = Math.min(
    numberIn(schema, 'maxItems') ?? Number.POSITIVE_INFINITY,
    rest === false ? heads : Number.POSITIVE_INFINITY,
  )
  const wished = sparse ? 0 : Math.max(heads, 1 + Math.floor(random() * 3))
  return Math.max(least, Math.min(most, wished))
}

/** An item that is not in the list yet, if one is found. */
function another(list: readonly Json[], schema: unknown, place: Place): Json | undefined {
  const known = new Set(list.map((item) => JSON.stringify(item)))
  for (let tries = 0; tries < TRIES; tries++) {
    const item = place.below(schema)
    if (!known.has(JSON.stringify(item))) return item
  }
  return undefined
}
