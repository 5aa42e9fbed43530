import { SimError } from '../wire/errors.ts'
import { type Json, numberIn, type GeneratorContext, type Schema } from './keywords.ts'

const TRIES = 60

/** A list with the number of items that the schema requires, or one to three. */
export function arrayOf(schema: Schema, context: GeneratorContext): Json[] {
  const { heads, rest } = itemSchemas(schema)
  const contained = 'contains' in schema ? (numberIn(schema, 'minContains') ?? 1) : 0
  const length = lengthOf(schema, heads.length, rest, contained, context)
  const list: Json[] = []
  for (let at = 0; at < length; at++) {
    const part = heads[at] ?? rest
    // Items for `contains` come last, where positions have no schema of their own.
    const schemaAt = at >= length - contained ? { allOf: [part, schema['contains']] } : part
    const item = schema['uniqueItems'] === true ? another(list, schemaAt, context) : context.below(schemaAt)
    if (item !== undefined) list.push(item)
  }
  if (list.length >= (numberIn(schema, 'minItems') ?? 0)) return list
  throw new SimError(400, 'The JSON schema requires more different items than the generator found.')
}

/** The schemas of the first positions and of the others. In draft 7 the first ones are a list in `items`. */
function itemSchemas(schema: Schema): { heads: readonly unknown[]; rest: unknown } {
  const { prefixItems, items, additionalItems } = schema
  if (Array.isArray(items)) return { heads: items, rest: additionalItems ?? true }
  return { heads: Array.isArray(prefixItems) ? prefixItems : [], rest: items ?? true }
}

function lengthOf(
  schema: Schema,
  heads: number,
  rest: unknown,
  contained: number,
  { random, sparse }: GeneratorContext,
): number {
  const min = Math.max(numberIn(schema, 'minItems') ?? 0, contained > 0 ? heads + contained : 0)
  const max = Math.min(
    numberIn(schema, 'maxItems') ?? Number.POSITIVE_INFINITY,
    rest === false ? heads : Number.POSITIVE_INFINITY,
  )
  const wanted = sparse ? 0 : Math.max(heads, 1 + Math.floor(random() * 3))
  return Math.max(min, Math.min(max, wanted))
}

/** An item that is not in the list yet, if one is found. */
function another(list: readonly Json[], schema: unknown, context: GeneratorContext): Json | undefined {
  const known = new Set(list.map((item) => JSON.stringify(item)))
  for (let tries = 0; tries < TRIES; tries++) {
    const item = context.below(schema)
    if (!known.has(JSON.stringify(item))) return item
  }
  return undefined
}
