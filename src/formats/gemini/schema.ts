import type { JsonSchema } from '../../chat/request.ts'
import { isRecord } from '../fields/fields.ts'
import type { Losses } from '../translation/losses.ts'
import { unsupported } from '../fields/unsupported.ts'

type Schema = Record<string, unknown>

/** More than any real schema; references that double themselves must not fill the memory. */
const MAX_SCHEMAS = 10_000
const MAX_DEPTH = 64

/** What is carried over as it is. */
const KEPT = new Set([
  'description',
  'minItems',
  'maxItems',
  'minimum',
  'maximum',
  'minLength',
  'maxLength',
  'pattern',
  'minProperties',
  'maxProperties',
])

/** Other formats are refused by the models that need this subset. */
const FORMATS: Readonly<Record<string, readonly string[]>> = {
  string: ['date-time'],
  number: ['float', 'double'],
  integer: ['int32', 'int64'],
}

/** Keywords that are read below, each in its own way. */
const READ = new Set(['$ref', '$defs', 'definitions', 'type', 'properties', 'required', 'items', 'enum', 'const'])
const ALTERNATIVES = ['anyOf', 'oneOf']
const BOUNDS = [
  ['exclusiveMinimum', 'minimum'],
  ['exclusiveMaximum', 'maximum'],
] as const

/**
 * A JSON Schema in the subset of OpenAPI's that Gemini's older models take
 * (https://ai.google.dev/gemini-api/docs/structured-output, https://ai.google.dev/api/caching#Schema): references are
 * put in place, a type or null is `nullable`, a constant is an enum of one. Keywords that it lacks are left out; one loss
 * at `path` names them. Throws GatewayError `unsupported_parameter` for a schema that refers to itself or to nothing.
 */
export function toOpenApi(schema: JsonSchema, path: string, losses: Losses): JsonSchema {
  const writer = new SchemaWriter(schema, path)
  const written = writer.write(schema, [])
  const left = [...writer.left].toSorted()
  if (left.length > 0) losses.note(path, `the model takes a part of JSON Schema only; left out: ${left.join(', ')}`)
  return written
}

class SchemaWriter {
  /** What was left out or said more loosely. */
  readonly left = new Set<string>()
  readonly #root: JsonSchema
  readonly #path: string
  #written = 0

  constructor(root: JsonSchema, path: string) {
    this.#root = root
    this.#path = path
  }

  /** `refs`: the references that led here. */
  write(given: unknown, refs: readonly string[], depth = 0): Schema {
    if (++this.#written > MAX_SCHEMAS || depth > MAX_DEPTH)
      throw this.#refuse('is too large when its references are put in place')
    if (!isRecord(given)) return this.#writeTruth(given)
    const ref = given['$ref']
    if (typeof ref === 'string') return this.#writeReference(ref, given, refs, depth)
    const schema = this.#merge(given)
    const alternatives = this.#alternatives(schema)
    const out = { ...this.#writeType(schema), ...this.#writeOwn(schema, refs, depth) }
    return typedNull(alternatives ? this.#writeAlternatives(out, alternatives, refs, depth) : out)
  }

  /** `true` allows all; `false` nothing, which nobody can say here. */
  #writeTruth(given: unknown): Schema {
    if (given === false) this.left.add('false')
    return {}
  }

  #writeReference(ref: string, given: Schema, refs: readonly string[], depth: number): Schema {
    if (refs.includes(ref)) throw this.#refuse(`refers to itself (${ref}), which this model's schemas cannot`)
    const { $ref: _, ...beside } = given
    const target = resolve(this.#root, ref)
    if (!isRecord(target)) throw this.#refuse(`refers to ${ref}, which is not there`)
    return this.write({ ...target, ...beside }, [...refs, ref], depth + 1)
  }

  /** `allOf`: the conditions of all in one. */
  #merge(schema: Schema): Schema {
    const { allOf, ...own } = schema
    if (!Array.isArray(allOf)) return schema
    return (allOf as unknown[]).reduce<Schema>((all, part) => {
      const resolved = isRecord(part) && typeof part['$ref'] === 'string' ? resolve(this.#root, part['$ref']) : part
      if (!isRecord(resolved)) throw this.#refuse('has something in "allOf" that is no object')
      if (resolved['$ref'] !== undefined || resolved['allOf'] !== undefined)
        throw this.#refuse('has an "allOf" within an "allOf"')
      return mergeTwo(all, resolved)
    }, own)
  }

  #alternatives(schema: Schema): unknown[] | undefined {
    const key = ALTERNATIVES.find((name) => Array.isArray(schema[name]))
    if (key === undefined) return undefined
    if (key === 'oneOf') this.left.add('oneOf (as anyOf)')
    return schema[key] as unknown[]
  }

  #writeAlternatives(out: Schema, alternatives: readonly unknown[], refs: readonly string[], depth: number): Schema {
    const written = alternatives.filter((one) => !isNull(one)).map((one) => this.write(one, refs, depth + 1))
    const isNullable = written.length < alternatives.length || written.some(({ nullable }) => nullable === true)
    const null_ = isNullable ? { nullable: true } : {}
    if (written.length === 1) return { ...written[0], ...out, ...null_ }
    if (written.length > 0) return { ...out, anyOf: written, ...null_ }
    // Nothing but null: nobody can say that here.
    this.left.add('null')
    return out
  }

  /** The type, and with it what an enum or a constant says of it. */
  #writeType(schema: Schema): Schema {
    const types = typesOf(schema)
    const real = types.filter((type) => type !== 'null')
    const null_ = real.length < types.length || enumOf(schema)?.includes(null) ? { nullable: true } : {}
    if (real.length > 1) return { anyOf: real.map((type) => ({ type: type.toUpperCase() })), ...null_ }
    const values = this.#enumOf(schema)
    if (values) return { type: 'STRING', format: 'enum', enum: values, ...null_ }
    const type = real[0] ?? typeOfValues(enumOf(schema) ?? [])
    if (types.length > 0 && type === undefined) this.left.add('null')
    return { ...(type !== undefined && { type: type.toUpperCase() }), ...null_ }
  }

  /** Only of strings, and none of them empty. */
  #enumOf(schema: Schema): string[] | undefined {
    const values = enumOf(schema)?.filter((value) => value !== null)
    if (!values || values.length === 0) return undefined
    const strings = values.filter((value) => typeof value === 'string' && value !== '') as string[]
    if (strings.length < values.length) this.left.add('enum')
    return strings.length === values.length ||
      (strings.length > 0 && values.every((value) => typeof value === 'string'))
      ? strings
      : undefined
  }

  /** Everything but the type and the alternatives. */
  #writeOwn(schema: Schema, refs: readonly string[], depth: number): Schema {
    const out: Schema = {}
    for (const [key, value] of Object.entries(schema)) {
      if (KEPT.has(key)) out[key] = value
      else if (key === 'nullable' && value === true) out['nullable'] = true
      else if (key === 'format') this.#writeFormat(out, schema, value)
      else if (!READ.has(key) && !ALTERNATIVES.includes(key)) this.left.add(key)
    }
    for (const [exclusive, bound] of BOUNDS) if (typeof schema[exclusive] === 'number') out[bound] ??= schema[exclusive]
    return { ...out, ...this.#writeProperties(schema, refs, depth), ...this.#writeItems(schema, refs, depth) }
  }

  #writeFormat(out: Schema, schema: Schema, format: unknown): void {
    if (typesOf(schema).some((type) => FORMATS[type]?.includes(format as string))) out['format'] = format
    else if (format !== 'enum') this.left.add('format')
  }

  #writeProperties({ properties, required }: Schema, refs: readonly string[], depth: number): Schema {
    if (!isRecord(properties)) return {}
    const names = Object.keys(properties)
    const wanted = Array.isArray(required)
      ? (required as unknown[]).filter((name) => names.includes(name as string))
      : []
    return {
      properties: Object.fromEntries(
        Object.entries(properties).map(([name, value]) => [name, this.write(value, refs, depth + 1)]),
      ),
      ...(wanted.length > 0 && { required: wanted }),
      // The properties are a map there, whose order is nobody's: this keeps the client's.
      ...(names.length > 1 && { propertyOrdering: names }),
    }
  }

  /** A list has to say of what. */
  #writeItems(schema: Schema, refs: readonly string[], depth: number): Schema {
    const { items } = schema
    if (Array.isArray(items)) this.left.add('items')
    else if (items !== undefined) return { items: this.write(items, refs, depth + 1) }
    return typesOf(schema).includes('array') ? { items: {} } : {}
  }

  #refuse(why: string): Error {
    return unsupported(this.#path, `The schema ${why}.`)
  }
}

function typesOf(schema: Schema): string[] {
  const { type } = schema
  const types = (Array.isArray(type) ? (type as unknown[]) : [type]).filter((name) => typeof name === 'string')
  if (types.length === 0 && isRecord(schema['properties'])) return ['object']
  return types.map((name) => name.toLowerCase())
}

const enumOf = ({ enum: values, const: value }: Schema): unknown[] | undefined =>
  value !== undefined ? [value] : Array.isArray(values) ? (values as unknown[]) : undefined

/** What values that nobody gave a type to are, if they are all the same. */
function typeOfValues(values: readonly unknown[]): string | undefined {
  const types = new Set(values.filter((value) => value !== null).map((value) => typeof value))
  const [type, ...others] = types
  if (others.length > 0 || type === 'object') return undefined
  return type === 'number' && values.every((value) => value === null || Number.isInteger(value)) ? 'integer' : type
}

/** Where no type is said all is allowed, null as well. */
function typedNull(schema: Schema): Schema {
  if (schema['type'] === undefined && schema['anyOf'] === undefined) delete schema['nullable']
  return schema
}

const isNull = (schema: unknown): boolean => isRecord(schema) && (schema['type'] === 'null' || schema['const'] === null)

const mergeTwo = (left: Schema, right: Schema): Schema => ({
  ...left,
  ...right,
  ...(isRecord(left['properties']) &&
    isRecord(right['properties']) && { properties: { ...left['properties'], ...right['properties'] } }),
  ...(Array.isArray(left['required']) &&
    Array.isArray(right['required']) && {
      required: [...new Set([...(left['required'] as unknown[]), ...(right['required'] as unknown[])])],
    }),
})

/** The part of the document that a JSON pointer (`#/$defs/Node`) names. */
function resolve(root: JsonSchema, ref: string): unknown {
  if (!ref.startsWith('#')) return undefined
  return ref
    .split('/')
    .slice(1)
    .map((step) => decode(step).replaceAll('~1', '/').replaceAll('~0', '~'))
    .reduce<unknown>(
      (at, step) =>
        at !== null && typeof at === 'object' && Object.hasOwn(at, step) ? (at as Schema)[step] : undefined,
      root,
    )
}

function decode(step: string): string {
  try {
    return decodeURIComponent(step)
  } catch {
    return step
  }
}
