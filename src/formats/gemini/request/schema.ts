import type { JsonSchema } from '../../../chat/request.ts'
import { isRecord } from '../../fields/fields.ts'
import type { Losses } from '../../translation/losses.ts'
import { resolvePointer } from '../../translation/json-pointer.ts'
import { unsupported } from '../../fields/unsupported.ts'

type Schema = Record<string, unknown>

/** Real schemas are smaller. The limit keeps references that multiply from exhausting the memory. */
const MAX_SCHEMAS = 10_000
const MAX_DEPTH = 64

/** Keywords that are kept unchanged. */
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

/** The models that need this subset reject other formats. */
const FORMATS: Readonly<Record<string, readonly string[]>> = {
  string: ['date-time'],
  number: ['float', 'double'],
  integer: ['int32', 'int64'],
}

/** Keywords that are converted below. */
const READ = new Set(['$ref', '$defs', 'definitions', 'type', 'properties', 'required', 'items', 'enum', 'const'])
const ALTERNATIVES = ['anyOf', 'oneOf']
const BOUNDS = [
  ['exclusiveMinimum', 'minimum'],
  ['exclusiveMaximum', 'maximum'],
] as const

/**
 * Converts a JSON Schema to the subset of OpenAPI schemas that Gemini's older models accept
 * (https://ai.google.dev/gemini-api/docs/structured-output, https://ai.google.dev/api/caching#Schema). References are
 * resolved, a type or null becomes `nullable`, a constant becomes an enum of one. Unsupported keywords are left out;
 * one loss at `path` names them. Throws GatewayError `unsupported_parameter` for a schema that refers to itself or to a
 * missing definition.
 */
export function toOpenApi(schema: JsonSchema, path: string, losses: Losses): JsonSchema {
  const writer = new SchemaWriter(schema, path)
  const written = writer.write(schema, [])
  const dropped = [...writer.dropped].toSorted()
  if (dropped.length > 0)
    losses.note(path, `changed: this model supports a subset of JSON Schema; left out: ${dropped.join(', ')}`)
  return written
}

class SchemaWriter {
  /** Keywords that were left out or made less strict. */
  readonly dropped = new Set<string>()
  readonly #root: JsonSchema
  readonly #path: string
  #written = 0

  constructor(root: JsonSchema, path: string) {
    this.#root = root
    this.#path = path
  }

  /** `refs`: the references on the way to this schema. */
  write(value: unknown, refs: readonly string[], depth = 0): Schema {
    if (++this.#written > MAX_SCHEMAS || depth > MAX_DEPTH)
      throw this.#unsupported('is too large after its references are resolved')
    if (!isRecord(value)) return this.#writeBoolean(value)
    const ref = value['$ref']
    if (typeof ref === 'string') return this.#writeReference(ref, value, refs, depth)
    const schema = this.#merge(value)
    const alternatives = this.#alternatives(schema)
    const out = { ...this.#writeType(schema), ...this.#writeOwn(schema, refs, depth) }
    return withoutRedundantNullable(alternatives ? this.#writeAlternatives(out, alternatives, refs, depth) : out)
  }

  /** `true` allows every value; `false` allows none, which the subset cannot express. */
  #writeBoolean(schema: unknown): Schema {
    if (schema === false) this.dropped.add('false')
    return {}
  }

  #writeReference(ref: string, schema: Schema, refs: readonly string[], depth: number): Schema {
    if (refs.includes(ref)) throw this.#unsupported(`refers to itself (${ref}), which this model does not support`)
    const { $ref: _, ...siblings } = schema
    const target = resolvePointer(this.#root, ref)
    if (!isRecord(target)) throw this.#unsupported(`refers to ${ref}, which does not exist`)
    return this.write({ ...target, ...siblings }, [...refs, ref], depth + 1)
  }

  /** Merges the schemas of `allOf` into one. */
  #merge(schema: Schema): Schema {
    const { allOf, ...own } = schema
    if (!Array.isArray(allOf)) return schema
    return (allOf as unknown[]).reduce<Schema>((all, part) => {
      const resolved =
        isRecord(part) && typeof part['$ref'] === 'string' ? resolvePointer(this.#root, part['$ref']) : part
      if (!isRecord(resolved)) throw this.#unsupported('has an entry in "allOf" that is not an object')
      if (resolved['$ref'] !== undefined || resolved['allOf'] !== undefined)
        throw this.#unsupported('has an "allOf" inside an "allOf"')
      return mergeTwo(all, resolved)
    }, own)
  }

  #alternatives(schema: Schema): unknown[] | undefined {
    const key = ALTERNATIVES.find((name) => Array.isArray(schema[name]))
    if (key === undefined) return undefined
    if (key === 'oneOf') this.dropped.add('oneOf (as anyOf)')
    return schema[key] as unknown[]
  }

  #writeAlternatives(out: Schema, alternatives: readonly unknown[], refs: readonly string[], depth: number): Schema {
    const written = alternatives.filter((one) => !isNull(one)).map((one) => this.write(one, refs, depth + 1))
    const isNullable = written.length < alternatives.length || written.some(({ nullable }) => nullable === true)
    const null_ = isNullable ? { nullable: true } : {}
    if (written.length === 1) return { ...withOrder(mergeTwo(written[0]!, out)), ...null_ }
    if (written.length > 0) return { ...out, anyOf: written, ...null_ }
    // Only null is allowed, which the subset cannot express.
    this.dropped.add('null')
    return out
  }

  /** The type, with the values of an enum or a constant. */
  #writeType(schema: Schema): Schema {
    const types = typesOf(schema)
    const real = types.filter((type) => type !== 'null')
    const null_ = real.length < types.length || enumOf(schema)?.includes(null) ? { nullable: true } : {}
    if (real.length > 1) return { anyOf: real.map((type) => ({ type: type.toUpperCase() })), ...null_ }
    const values = this.#enumOf(schema)
    if (values) return { type: 'STRING', format: 'enum', enum: values, ...null_ }
    const type = real[0] ?? typeOfValues(enumOf(schema) ?? [])
    if (types.length > 0 && type === undefined) this.dropped.add('null')
    return { ...(type !== undefined && { type: type.toUpperCase() }), ...null_ }
  }

  /** The enum, which can contain only non-empty strings. */
  #enumOf(schema: Schema): string[] | undefined {
    const values = enumOf(schema)?.filter((value) => value !== null)
    if (!values || values.length === 0) return undefined
    const strings = values.filter((value) => typeof value === 'string' && value !== '') as string[]
    if (strings.length < values.length) this.dropped.add('enum')
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
      else if (!READ.has(key) && !ALTERNATIVES.includes(key)) this.dropped.add(key)
    }
    for (const [exclusive, bound] of BOUNDS) if (typeof schema[exclusive] === 'number') out[bound] ??= schema[exclusive]
    return { ...out, ...this.#writeProperties(schema, refs, depth), ...this.#writeItems(schema, refs, depth) }
  }

  #writeFormat(out: Schema, schema: Schema, format: unknown): void {
    if (typesOf(schema).some((type) => FORMATS[type]?.includes(format as string))) out['format'] = format
    else if (format !== 'enum') this.dropped.add('format')
  }

  #writeProperties({ properties, required }: Schema, refs: readonly string[], depth: number): Schema {
    if (!isRecord(properties)) return {}
    const names = Object.keys(properties)
    const existing = Array.isArray(required)
      ? (required as unknown[]).filter((name) => names.includes(name as string))
      : []
    return {
      properties: Object.fromEntries(
        Object.entries(properties).map(([name, value]) => [name, this.write(value, refs, depth + 1)]),
      ),
      ...(existing.length > 0 && { required: existing }),
      // Gemini reads properties as a map without order. This keeps the client's order.
      ...(names.length > 1 && { propertyOrdering: names }),
    }
  }

  /** `items`, which a list must have. */
  #writeItems(schema: Schema, refs: readonly string[], depth: number): Schema {
    const { items } = schema
    if (Array.isArray(items)) this.dropped.add('items')
    else if (items !== undefined) return { items: this.write(items, refs, depth + 1) }
    return typesOf(schema).includes('array') ? { items: {} } : {}
  }

  #unsupported(why: string): Error {
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

/** The type of values without a declared type, if they all have the same. */
function typeOfValues(values: readonly unknown[]): string | undefined {
  const types = new Set(values.filter((value) => value !== null).map((value) => typeof value))
  const [type, ...others] = types
  if (others.length > 0 || type === 'object') return undefined
  return type === 'number' && values.every((value) => value === null || Number.isInteger(value)) ? 'integer' : type
}

/** Without a type, every value is allowed, null included. */
function withoutRedundantNullable(schema: Schema): Schema {
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

/** The order of the properties of both schemas. */
function withOrder(schema: Schema): Schema {
  const names = isRecord(schema['properties']) ? Object.keys(schema['properties']) : []
  return names.length > 1 ? { ...schema, propertyOrdering: names } : schema
}
