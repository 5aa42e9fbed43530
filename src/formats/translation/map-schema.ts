import type { JsonObject } from '../../codecs/json/object.ts'
import { isRecord } from '../fields/fields.ts'

/** Keywords that hold one schema, a list of them, and schemas by name. */
const SINGLES = ['items', 'not', 'additionalProperties', 'if', 'then', 'else', 'contains', 'propertyNames']
const LISTS = ['anyOf', 'oneOf', 'allOf', 'prefixItems']
const MAPS = ['properties', '$defs', 'definitions', 'patternProperties', 'dependentSchemas']

/** A request is at most 200 levels deep. */
const MAX_DEPTH = 200

/** The schemas directly in a schema, each with its keyword and the key or index there. */
export function* innerSchemas(schema: JsonObject): Generator<readonly [keyword: string, at: string, JsonObject]> {
  for (const keyword of SINGLES) if (isRecord(schema[keyword])) yield [keyword, '', schema[keyword]]
  for (const keyword of [...LISTS, ...MAPS]) {
    const all = schema[keyword]
    if (!(LISTS.includes(keyword) ? Array.isArray(all) : isRecord(all))) continue
    for (const [at, inner] of Object.entries(all as object)) if (isRecord(inner)) yield [keyword, at, inner]
  }
}

/** Changes a schema and every schema in it, the inner ones first. Returns the same object where nothing changes. */
export function mapSchema(schema: JsonObject, change: (schema: JsonObject) => JsonObject, depth = 0): JsonObject {
  if (depth > MAX_DEPTH) return schema
  let copy: Record<string, unknown> | undefined
  for (const [keyword, at, inner] of innerSchemas(schema)) {
    const changed = mapSchema(inner, change, depth + 1)
    if (changed === inner) continue
    copy ??= { ...schema }
    if (at === '') copy[keyword] = changed
    else {
      if (copy[keyword] === schema[keyword]) copy[keyword] = copyOf(schema[keyword] as object)
      Object.defineProperty(copy[keyword], at, { value: changed, enumerable: true, configurable: true, writable: true })
    }
  }
  return change(copy ?? schema)
}

const copyOf = (all: object): object => (Array.isArray(all) ? [...(all as unknown[])] : { ...all })
