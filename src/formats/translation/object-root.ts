import type { JsonSchema } from '../../chat/request.ts'
import type { JsonObject } from '../../codecs/json/object.ts'
import { isRecord } from '../fields/fields.ts'
import { listOf, stringOf } from '../fields/values.ts'
import { unsupported } from '../fields/unsupported.ts'
import { resolvePointer } from './json-pointer.ts'

/** Keywords that combine or restrict the whole value. Providers that require an object at the root reject them there. */
const COMBINING = ['anyOf', 'oneOf', 'allOf', 'not', 'enum', 'const', 'if', 'then', 'else', '$ref'] as const

/** Real schemas have a few branches. The limit keeps references that multiply from exhausting time and memory. */
const MAX_BRANCHES = 1000

/** What one branch of a schema says about an object. */
interface Shape {
  readonly properties: ReadonlyMap<string, unknown>
  readonly required: ReadonlySet<string>
}

const EMPTY: Shape = { properties: new Map(), required: new Set() }

/**
 * The schema with a plain object at its root: the properties of all branches, of which only those are required that
 * every branch requires. `path` names the schema in errors. Returns the same schema if its root is a plain object.
 * Throws GatewayError `unsupported_parameter` for a schema with too many branches.
 */
export function withObjectRoot(schema: JsonSchema, path: string): JsonSchema {
  const isPlain = !COMBINING.some((keyword) => schema[keyword] !== undefined)
  if (isPlain)
    return schema['type'] === 'object' && isRecord(schema['properties'])
      ? schema
      : { ...schema, type: 'object', properties: isRecord(schema['properties']) ? schema['properties'] : {} }
  const { properties, required } = new Folder(schema, path).fold(schema, [])
  const rest = Object.entries(schema).filter(([key]) => !(COMBINING as readonly string[]).includes(key))
  const { required: _, ...kept } = Object.fromEntries(rest)
  const names = [...required].filter((name) => properties.has(name))
  return {
    ...kept,
    type: 'object',
    properties: Object.fromEntries(properties),
    ...(names.length > 0 && { required: names }),
  }
}

/** The combining keywords at the root, for a message. */
export const combiningKeywords = (schema: JsonSchema): string[] =>
  COMBINING.filter((keyword) => schema[keyword] !== undefined)

class Folder {
  readonly #root: JsonObject
  readonly #path: string
  #branches = 0

  constructor(root: JsonObject, path: string) {
    this.#root = root
    this.#path = path
  }

  /** `refs`: the references on the way to this schema. A schema that refers to itself adds nothing to itself. */
  fold(value: unknown, refs: readonly string[]): Shape {
    if (++this.#branches > MAX_BRANCHES)
      throw unsupported(this.#path, `this schema has more than ${MAX_BRANCHES} alternatives at its root; simplify it`)
    if (!isRecord(value)) return EMPTY
    const shapes = [ownShape(value), ...listOf(value['allOf']).map((each) => this.fold(each, refs))]
    const ref = stringOf(value['$ref'])
    if (ref !== '' && !refs.includes(ref)) shapes.push(this.fold(resolvePointer(this.#root, ref), [...refs, ref]))
    for (const keyword of ['anyOf', 'oneOf']) {
      const branches = listOf(value[keyword]).filter(mayBeObject)
      if (branches.length > 0) shapes.push(eitherOf(branches.map((branch) => this.fold(branch, refs))))
    }
    const choices = [value['then'], value['else']].filter(isRecord)
    if (choices.length > 0) shapes.push(optional(eitherOf(choices.map((choice) => this.fold(choice, refs)))))
    return shapes.reduce(bothOf)
  }
}

const ownShape = ({ properties, required }: JsonObject): Shape => ({
  properties: new Map(isRecord(properties) ? Object.entries(properties) : []),
  required: new Set(listOf(required).filter((name) => typeof name === 'string')),
})

/** A branch for null or for another type can never be the arguments of a call. */
function mayBeObject(branch: unknown): boolean {
  const type = isRecord(branch) ? branch['type'] : undefined
  return (
    branch !== false && (type === undefined || type === 'object' || (Array.isArray(type) && type.includes('object')))
  )
}

const optional = ({ properties }: Shape): Shape => ({ properties, required: new Set() })

function bothOf(left: Shape, right: Shape): Shape {
  const properties = new Map(left.properties)
  for (const [name, schema] of right.properties)
    properties.set(name, properties.has(name) ? bothSchemas(properties.get(name), schema) : schema)
  return { properties, required: new Set([...left.required, ...right.required]) }
}

/** Two schemas of one property as one; in a list only if they contradict each other. */
function bothSchemas(left: unknown, right: unknown): unknown {
  if (!isRecord(left) || !isRecord(right)) return isRecord(left) ? left : right
  const isDisjoint = Object.keys(right).every(
    (key) => !Object.hasOwn(left, key) || JSON.stringify(left[key]) === JSON.stringify(right[key]),
  )
  return isDisjoint ? { ...left, ...right } : { allOf: [left, right] }
}

function eitherOf(shapes: readonly Shape[]): Shape {
  const alternatives = new Map<string, Map<string, unknown>>()
  for (const { properties } of shapes)
    for (const [name, schema] of properties) {
      const known = alternatives.get(name) ?? new Map<string, unknown>()
      alternatives.set(name, known.set(JSON.stringify(schema), schema))
    }
  const [first, ...others] = shapes
  return {
    properties: new Map([...alternatives].map(([name, known]) => [name, oneOrAnyOf([...known.values()])])),
    required: new Set([...first!.required].filter((name) => others.every(({ required }) => required.has(name)))),
  }
}

const oneOrAnyOf = (schemas: readonly unknown[]): unknown => (schemas.length === 1 ? schemas[0] : { anyOf: schemas })
