// Generates a value that matches a JSON Schema (2020-12, with the differences of draft 7 and OpenAPI 3.0). It covers the
// schemas that clients send to models; `not`, `if` and dependencies are ignored.
import { pick, type Random } from '../engine/random.ts'
import { SimError } from '../wire/errors.ts'
import { arrayOf } from './array.ts'
import type { Json, GeneratorContext, Schema } from './keywords.ts'
import { mergeSchemas } from './merge.ts'
import { numberOf } from './number.ts'
import { objectOf } from './object.ts'
import { resolveRef } from './ref.ts'
import { stringOf } from './string.ts'

const SPARSE_DEPTH = 4
const MAX_DEPTH = 40

/** A value that matches `schema`. Throws SimError if there is none, or if the generator finds none. */
export const exampleOf = (schema: unknown, random: Random): Json => generate(schema, schema, random, 0)

function generate(root: unknown, given: unknown, random: Random, depth: number): Json {
  if (depth > MAX_DEPTH) throw new SimError(400, 'The JSON schema requires an infinitely nested value.')
  const sparse = depth >= SPARSE_DEPTH
  const schema = flatten(root, given, random, sparse)
  if ('const' in schema) return schema['const'] as Json
  if (Array.isArray(schema['enum']))
    return pick(schema['enum'].length > 0 ? (schema['enum'] as Json[]) : noValue(), random)
  const below = (part: unknown) => generate(root, part, random, depth + 1)
  return valueOf(typeOf(schema, sparse), schema, { random, below, sparse })
}

function valueOf(type: string, schema: Schema, context: GeneratorContext): Json {
  switch (type) {
    case 'null':
      return null
    case 'boolean':
      return context.random() < 0.5
    case 'integer':
    case 'number':
      return numberOf(schema, type === 'integer', context.random)
    case 'array':
      return arrayOf(schema, context)
    case 'object':
      return objectOf(schema, context)
    default:
      return stringOf(schema, context.random)
  }
}

/** Merges references, `allOf` and one branch of each `anyOf` and `oneOf` into one schema. */
function flatten(root: unknown, given: unknown, random: Random, sparse: boolean): Schema {
  let schema = asSchema(given)
  for (let hops = 0; ; hops++) {
    if (hops > MAX_DEPTH) throw new SimError(400, 'The references of the JSON schema are circular.')
    const { $ref, allOf, anyOf, oneOf, ...rest } = schema
    const parts: unknown[] = Array.isArray(allOf) ? [...allOf] : []
    if (typeof $ref === 'string') parts.push(resolveRef(root, $ref))
    for (const choice of [anyOf, oneOf]) if (Array.isArray(choice)) parts.push(branchOf(choice, sparse))
    if (parts.length === 0) return schema
    schema = parts.map(asSchema).reduce(mergeSchemas, rest)
  }
}

function asSchema(schema: unknown): Schema {
  if (schema === false) noValue()
  return typeof schema === 'object' && schema !== null ? (schema as Schema) : {}
}

/** The first branch; in sparse mode the first one that does not nest further. */
function branchOf(branches: readonly unknown[], sparse: boolean): unknown {
  const isFlat = (branch: unknown) => !/"(\$ref|properties|items)":/.test(JSON.stringify(branch))
  const possible = branches.filter((branch) => branch !== false)
  return (sparse ? possible.find(isFlat) : undefined) ?? possible[0] ?? noValue()
}

const HINTS: readonly (readonly [string, RegExp])[] = [
  ['object', /^(properties|required|additionalProperties|patternProperties|minProperties|propertyNames)$/],
  ['array', /^(items|prefixItems|minItems|maxItems|uniqueItems|contains)$/],
  ['number', /^(minimum|maximum|exclusiveMinimum|exclusiveMaximum|multipleOf)$/],
]

/** The type of the schema: its `type`, the first of several that is not null, or the type that its keywords imply. */
function typeOf(schema: Schema, sparse: boolean): string {
  const { type } = schema
  if (typeof type === 'string') return type
  if (Array.isArray(type)) {
    if (type.length === 0) noValue()
    const isNull = sparse && type.includes('null')
    return isNull ? 'null' : String(type.find((name) => name !== 'null') ?? 'null')
  }
  const keywords = Object.keys(schema)
  return HINTS.find(([, names]) => keywords.some((keyword) => names.test(keyword)))?.[0] ?? 'string'
}

function noValue(): never {
  throw new SimError(400, 'The JSON schema accepts no value.')
}
