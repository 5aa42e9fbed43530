import type { JsonSchema } from '../../../chat/request.ts'
import { isRecord } from '../../fields/fields.ts'
import { camelCase } from '../proto.ts'

/** Types by number, for clients that write enums as numbers. */
const TYPES = [undefined, 'string', 'number', 'integer', 'boolean', 'array', 'object', 'null']

/** Counts are 64-bit integers, which the JSON encoding of protocol buffers writes as strings. */
const COUNTS = new Set(['minItems', 'maxItems', 'minLength', 'maxLength', 'minProperties', 'maxProperties'])

/**
 * Converts a schema in Gemini's subset of OpenAPI (`type: "OBJECT"`, `nullable: true`) to JSON Schema, which all other
 * formats use. Source: https://ai.google.dev/api/caching#Schema
 */
export function readSchema(schema: unknown): JsonSchema {
  if (!isRecord(schema)) return {}
  const out: Record<string, unknown> = {}
  for (const [key, value] of Object.entries(schema)) readKeyword(out, camelCase(key), value)
  return out['nullable'] === true ? nullable(out) : withoutNullable(out)
}

function readKeyword(out: Record<string, unknown>, key: string, value: unknown): void {
  if (value === null || key === 'propertyOrdering' || (key === 'format' && value === 'enum')) return
  if (key === 'type') setDefined(out, 'type', typeOf(value))
  else if (key === 'properties') out[key] = mapValues(value, readSchema)
  else if (key === 'defs') out['$defs'] = mapValues(value, readSchema)
  else if (key === 'ref') out['$ref'] = value
  else if (key === 'example') out['examples'] = [value]
  else if (key === 'items' || (key === 'additionalProperties' && isRecord(value))) out[key] = readSchema(value)
  else if (Array.isArray(value) && (key === 'anyOf' || key === 'prefixItems')) out[key] = value.map(readSchema)
  else out[key] = COUNTS.has(key) && typeof value === 'string' ? Number(value) : value
}

function typeOf(type: unknown): unknown {
  if (typeof type === 'number') return TYPES[type]
  if (Array.isArray(type)) return type.map(typeOf)
  return typeof type === 'string' && type !== 'TYPE_UNSPECIFIED' ? type.toLowerCase() : undefined
}

function nullable(schema: Record<string, unknown>): JsonSchema {
  const { type, enum: values, anyOf } = withoutNullable(schema)
  return {
    ...withoutNullable(schema),
    ...(typeof type === 'string' && { type: [type, 'null'] }),
    ...(Array.isArray(values) && { enum: [...(values as unknown[]), null] }),
    ...(Array.isArray(anyOf) && { anyOf: [...(anyOf as unknown[]), { type: 'null' }] }),
  }
}

function withoutNullable(schema: Record<string, unknown>): Record<string, unknown> {
  const { nullable: _, ...rest } = schema
  return rest
}

function setDefined(out: Record<string, unknown>, key: string, value: unknown): void {
  if (value !== undefined) out[key] = value
}

const mapValues = (value: unknown, read: (item: unknown) => unknown): unknown =>
  isRecord(value) ? Object.fromEntries(Object.entries(value).map(([name, item]) => [name, read(item)])) : value
