import { isFields } from '../wire/fields.ts'
import { type Json, numberIn, type Place, type Schema } from './keywords.ts'

const OPTIONAL_SHARE = 0.6

/** An object with everything required, some of what is optional, in the order of the schema. */
export function objectOf(schema: Schema, place: Place): { [name: string]: Json } {
  const properties = isFields(schema['properties']) ? schema['properties'] : {}
  const required = new Set(Array.isArray(schema['required']) ? (schema['required'] as string[]) : [])
  const optional = Object.keys(properties).filter((name) => !required.has(name) && properties[name] !== false)
  const chosen = new Set([...required, ...chooseOptional(schema, optional, required.size, place)])
  const known = Object.keys(properties).filter((name) => chosen.has(name))
  const names = [...known, ...[...chosen].filter((name) => !Object.hasOwn(properties, name))]
  const entries = names.map((name): [string, Json] => [name, place.below(schemaOf(schema, properties, name))])
  return Object.fromEntries([...entries, ...extraEntries(schema, entries, place)])
}

function chooseOptional(schema: Schema, optional: readonly string[], required: number, place: Place): string[] {
  const least = (numberIn(schema, 'minProperties') ?? 0) - required
  const most = (numberIn(schema, 'maxProperties') ?? Number.POSITIVE_INFINITY) - required
  const liked = optional.filter(() => !place.sparse && place.random() < OPTIONAL_SHARE)
  const others = optional.filter((name) => !liked.includes(name))
  return [...liked, ...others.slice(0, Math.max(0, least - liked.length))].slice(0, Math.max(0, most))
}

/** What a name's value must fit: its own schema, those of the patterns it matches, else that of all others. */
function schemaOf(schema: Schema, properties: Schema, name: string): unknown {
  const patterns = isFields(schema['patternProperties']) ? Object.entries(schema['patternProperties']) : []
  const matching = patterns.filter(([pattern]) => new RegExp(pattern, 'u').test(name)).map(([, part]) => part)
  if (Object.hasOwn(properties, name))
    return matching.length > 0 ? { allOf: [properties[name], ...matching] } : properties[name]
  return matching.length > 0 ? { allOf: matching } : (schema['additionalProperties'] ?? true)
}

/** Invented names, where there must be more than the schema names, or where it names none but says what they hold. */
function extraEntries(schema: Schema, entries: readonly [string, Json][], place: Place): [string, Json][] {
  const least = numberIn(schema, 'minProperties') ?? 0
  const isMap = isFields(schema['additionalProperties']) && !('properties' in schema) && !place.sparse
  const most = numberIn(schema, 'maxProperties') ?? Number.POSITIVE_INFINITY
  const missing = Math.max(least - entries.length, isMap ? Math.min(1, most - entries.length) : 0)
  const taken = new Set(entries.map(([name]) => name))
  const extra: [string, Json][] = []
  while (extra.length < missing) {
    const name = inventName(schema, taken, place)
    taken.add(name)
    extra.push([name, place.below(schemaOf(schema, {}, name))])
  }
  return extra
}

function inventName(schema: Schema, taken: ReadonlySet<string>, place: Place): string {
  const rule = schema['propertyNames']
  for (let count = taken.size; ; count++) {
    const drawn =
      rule === undefined || count > taken.size + 50 ? `key${count}` : place.below({ allOf: [{ type: 'string' }, rule] })
    if (typeof drawn === 'string' && !taken.has(drawn)) return drawn
  }
}
