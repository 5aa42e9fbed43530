// A value that fits a JSON Schema (2020-12, and what draft 7 and OpenAPI 3.0 wrote differently). Enough of it for the
// schemas people give to models; `not`, `if` and dependencies are not looked at.
import { pick, type Random } from '../engine/random.ts'
import { SimError } from '../wire/errors.ts'
import { arrayOf } from './array.ts'
import type { Json, Place, Schema } from './keywords.ts'
import { mergeSchemas } from './merge.ts'
import { numberOf } from './number.ts'
import { objectOf } from './object.ts'
import { resolveRef } from './ref.ts'
import { stringOf } from './string.ts'

const SPARSE_DEPTH = 4
const DEEPEST = 40

/** A value that `schema` accepts. Throws SimError if there is none, or none that this generator finds. */
export const exampleOf = (schema: unknown, random: Random): Json => generate(schema, schema, random, 0)

function generate(root: unknown, given: unknown, random: Random, depth: number): Json {
  if (depth > DEEPEST) throw new SimError(400, 'The JSON schema requires an endless value.')
  const sparse = depth >= SPARSE_DEPTH
  const schema = flatten(root, given, random, sparse)
  if ('const' in schema) return schema['const'] as Json
  if (Array.isArray(schema['enum']))
    return pick(schema['enum'].length > 0 ? (schema['enum'] as Json[]) : noValue(), random)
  const below = (part: unknown) => generate(root, part, random, depth + 1)
  return valueOf(typeOf(schema, sparse), schema, { random, below, sparse })
}

function valueOf(type: string, schema: Schema, place: Place): Json {
  switch (type) {
    case 'null':
      return null
    case 'boolean':
      return place.random() < 0.5
    case 'integer':
    case 'number':
      return numberOf(schema, type === 'integer', place.random)
    case 'array':
      return arrayOf(schema, place)
    case 'object':
      return objectOf(schema, place)
    default:
      return stringOf(schema, place.random)
  }
}

/** References, `allOf` and one branch of each choice put into one schema. */
function flatten(root: unknown, given: unknown, random: Random, sparse: boolean): Schema {
  let schema = asSchema(given)
  for (let hops = 0; ; hops++) {
    if (hops > DEEPEST) throw new SimError(400, 'The references of the JSON schema go round in a circle.')
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

/** The first branch; deep down the first that does not go deeper. */
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

/** The type it says, the first of several that is not null, or the one its keywords are about. */
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
