import type { JsonSchema } from '../../chat/request.ts'
import type { JsonObject } from '../../codecs/json/object.ts'
import { GatewayError } from '../../errors.ts'
import { isRecord } from '../fields/fields.ts'
import { stringOf } from '../fields/values.ts'
import { unsupported } from '../fields/unsupported.ts'
import type { Losses } from '../translation/losses.ts'
import { isRecursive } from '../translation/recursive-schema.ts'

/** What Claude follows exactly. Source: https://platform.claude.com/docs/en/build-with-claude/structured-outputs */
const KEPT: ReadonlySet<string> = new Set(['type', 'enum', 'const', 'default', 'title', 'required', 'pattern', '$ref'])
const FORMATS: ReadonlySet<unknown> = new Set([
  'date-time',
  'time',
  'date',
  'duration',
  'email',
  'hostname',
  'uri',
  'ipv4',
  'ipv6',
  'uuid',
])

/** Keywords that hold one schema, a list of them, and schemas by name. */
const NESTED = new Set(['items'])
const LISTS = new Set(['anyOf', 'allOf', 'oneOf'])
const NAMED = new Set(['properties', '$defs', 'definitions'])

/** Keywords without a meaning for a model. */
const SILENT = new Set(['$schema', '$id', '$comment', 'description', 'additionalProperties', 'examples'])

/** Real schemas are flatter: the body of a request is 200 levels deep at most. */
const MAX_DEPTH = 100

export interface StrictSchema {
  readonly schema: JsonSchema
  /** The keywords that Claude does not follow and that moved into descriptions, and `additionalProperties`. */
  readonly changed: readonly string[]
}

/**
 * Converts a schema to the subset that Claude follows exactly: limits move into the description of their value, and
 * every object is closed. `path` names the schema in errors. Returns the same schema if it is in the subset already.
 * Throws GatewayError `unsupported_parameter` for a schema that refers to itself, and for an object with any keys.
 */
export function toStrictSchema(schema: JsonSchema, path: string): StrictSchema {
  if (isRecursive(schema))
    throw unsupported(
      path,
      'the schema refers to itself or has more than 500 references, which Claude does not support',
    )
  const changed = new Set<string>()
  const written = write(schema, { path, changed }, 0) as JsonSchema
  return { schema: changed.size === 0 ? schema : written, changed: [...changed] }
}

interface Writer {
  readonly path: string
  readonly changed: Set<string>
}

function write(schema: unknown, writer: Writer, depth: number): unknown {
  if (depth > MAX_DEPTH) throw unsupported(writer.path, `the schema is more than ${MAX_DEPTH} levels deep`)
  if (!isRecord(schema)) return schema
  const out: Record<string, unknown> = {}
  const moved: string[] = []
  const next = (inner: unknown) => write(inner, writer, depth + 1)
  for (const [key, value] of Object.entries(schema)) {
    if (NESTED.has(key)) out[key] = next(value)
    else if (LISTS.has(key) && Array.isArray(value)) out[key === 'oneOf' ? 'anyOf' : key] = value.map(next)
    else if (NAMED.has(key) && isRecord(value)) out[key] = mapValues(value, next)
    else if (isKept(key, value)) out[key] = value
    else if (!SILENT.has(key)) moved.push(key)
  }
  for (const key of 'oneOf' in schema ? [...moved, 'oneOf'] : moved) writer.changed.add(key)
  const limits = moved.map((key) => `${key}: ${JSON.stringify(schema[key])}`).join(', ')
  const description = [stringOf(schema['description']), limits && `{${limits}}`].filter((text) => text).join('\n\n')
  return { ...out, ...(description !== '' && { description }), ...closing(schema, writer) }
}

const isKept = (key: string, value: unknown): boolean =>
  KEPT.has(key) || (key === 'format' && FORMATS.has(value)) || (key === 'minItems' && (value === 0 || value === 1))

/** An object that may have any keys could only be returned empty. */
function closing(schema: JsonObject, { path, changed }: Writer): object {
  const { type, properties, additionalProperties: more } = schema
  const isObject = type === 'object' || (Array.isArray(type) && type.includes('object')) || properties !== undefined
  if (!isObject || more === false) return more === false ? { additionalProperties: false } : {}
  if ((isRecord(more) || more === true) && !isRecord(properties))
    throw unsupported(
      path,
      'the schema has an object with any keys (additionalProperties), which Claude does not support',
    )
  changed.add('additionalProperties')
  return { additionalProperties: false }
}

const mapValues = (values: JsonObject, change: (value: unknown) => unknown): JsonObject =>
  Object.fromEntries(Object.entries(values).map(([key, value]) => [key, change(value)]))

/** The schema of a response for Claude; what changed is noted as one loss. */
export function strictOutput(schema: JsonSchema, path: string, losses: Losses): JsonSchema {
  const strict = toStrictSchema(schema, path)
  noteChanged(strict, `${path}.schema`, losses)
  return strict.schema
}

/**
 * The parameters of a strict tool for Claude. A schema that cannot be followed exactly stays as it is, and the tool is not
 * strict: the model reads the schema, and the loss is noted.
 */
export function strictParameters(
  schema: JsonSchema,
  path: string,
  losses: Losses,
): { readonly schema: JsonSchema; readonly isStrict: boolean } {
  try {
    const strict = toStrictSchema(schema, path)
    noteChanged(strict, `${path}.parameters`, losses)
    return { schema: strict.schema, isStrict: true }
  } catch (thrown) {
    if (!(thrown instanceof GatewayError)) throw thrown
    losses.note(`${path}.strict`, `removed: ${thrown.message}`)
    return { schema, isStrict: false }
  }
}

function noteChanged({ changed }: StrictSchema, path: string, losses: Losses): void {
  const moved = changed.filter((key) => key !== 'additionalProperties')
  const parts = [
    moved.length > 0 && `Claude does not enforce ${moved.join(', ')}, so the descriptions contain them`,
    changed.length > moved.length && 'objects accept no additional properties',
  ]
  if (changed.length > 0) losses.note(path, `changed: ${parts.filter(Boolean).join('; ')}`)
}
