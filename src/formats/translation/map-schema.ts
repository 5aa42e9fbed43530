import type { JsonObject } from '../../codecs/json/object.ts'
import { isRecord } from '../fields/fields.ts'

/** Keywords that hold one schema, a list of them, and schemas by name. */
const KINDS: ReadonlyMap<string, 'one' | 'list' | 'map'> = new Map([
  ...(['items', 'not', 'additionalProperties', 'if', 'then', 'else', 'contains', 'propertyNames'] as const).map(
    (keyword) => [keyword, 'one'] as const,
  ),
  ...(['anyOf', 'oneOf', 'allOf', 'prefixItems'] as const).map((keyword) => [keyword, 'list'] as const),
  ...(['properties', '$defs', 'definitions', 'patternProperties', 'dependentSchemas'] as const).map(
    (keyword) => [keyword, 'map'] as const,
  ),
])

/** A request is at most 200 levels deep. */
const MAX_DEPTH = 200

type Change = (schema: JsonObject) => JsonObject

/** Changes a schema and every schema in it, the inner ones first. Returns the same object where nothing changes. */
export function mapSchema(schema: JsonObject, change: Change, depth = 0): JsonObject {
  if (depth > MAX_DEPTH) return schema
  let copy: Record<string, unknown> | undefined
  for (const keyword in schema) {
    const kind = KINDS.get(keyword)
    if (kind === undefined) continue
    const value = schema[keyword]
    const changed = kind === 'one' ? mapOne(value, change, depth) : mapAll(value, kind, change, depth)
    if (changed !== value) copy = { ...(copy ?? schema), [keyword]: changed }
  }
  return change(copy ?? schema)
}

const mapOne = (value: unknown, change: Change, depth: number): unknown =>
  isRecord(value) ? mapSchema(value, change, depth + 1) : value

function mapAll(values: unknown, kind: 'list' | 'map', change: Change, depth: number): unknown {
  if (kind === 'list') {
    if (!Array.isArray(values)) return values
    const mapped = values.map((value) => mapOne(value, change, depth))
    return mapped.every((value, at) => value === values[at]) ? values : mapped
  }
  if (!isRecord(values)) return values
  let isChanged = false
  const mapped: [string, unknown][] = []
  for (const key in values) {
    const value = mapOne(values[key], change, depth)
    isChanged ||= value !== values[key]
    mapped.push([key, value])
  }
  return isChanged ? Object.fromEntries(mapped) : values
}

/** Whether a schema and every schema in it fulfil a condition. */
export function everySchema(
  schema: JsonObject,
  fulfils: (schema: JsonObject, depth: number) => boolean,
  depth = 0,
): boolean {
  if (depth > MAX_DEPTH || !fulfils(schema, depth)) return false
  const next = (value: unknown) => !isRecord(value) || everySchema(value, fulfils, depth + 1)
  for (const keyword in schema) {
    const kind = KINDS.get(keyword)
    if (kind === undefined) continue
    const value = schema[keyword]
    if (
      kind === 'one' ? !next(value) : typeof value === 'object' && value !== null && !Object.values(value).every(next)
    )
      return false
  }
  return true
}
