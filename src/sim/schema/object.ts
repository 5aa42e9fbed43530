import { isFields } from '../wire/fields.ts'
import { type Json, numberIn, type GeneratorContext, type Schema } from './keywords.ts'

const OPTIONAL_SHARE = 0.6

/** An object with all required and some optional properties, in the order of the schema. */
export function objectOf(schema: Schema, context: GeneratorContext): { [name: string]: Json } {
  const properties = isFields(schema['properties']) ? schema['properties'] : {}
  const required = new Set(Array.isArray(schema['required']) ? (schema['required'] as string[]) : [])
  const optional = Object.keys(properties).filter((name) => !required.has(name) && properties[name] !== false)
  const chosen = new Set([...required, ...chooseOptional(schema, optional, required.size, context)])
  const known = Object.keys(properties).filter((name) => chosen.has(name))
  const names = [...known, ...[...chosen].filter((name) => !Object.hasOwn(properties, name))]
  const entries = names.map((name): [string, Json] => [name, context.below(schemaOf(schema, properties, name))])
  return Object.fromEntries([...entries, ...extraEntries(schema, entries, context)])
}

function chooseOptional(
  schema: Schema,
  optional: readonly string[],
  required: number,
  context: GeneratorContext,
): string[] {
  const min = (numberIn(schema, 'minProperties') ?? 0) - required
  const max = (numberIn(schema, 'maxProperties') ?? Number.POSITIVE_INFINITY) - required
  const drawn = optional.filter(() => !context.sparse && context.random() < OPTIONAL_SHARE)
  const others = optional.filter((name) => !drawn.includes(name))
  return [...drawn, ...others.slice(0, Math.max(0, min - drawn.length))].slice(0, Math.max(0, max))
}

/** The schema of a property: its own and those of matching patterns, otherwise `additionalProperties`. */
function schemaOf(schema: Schema, properties: Schema, name: string): unknown {
  const patterns = isFields(schema['patternProperties']) ? Object.entries(schema['patternProperties']) : []
  const matching = patterns.filter(([pattern]) => new RegExp(pattern, 'u').test(name)).map(([, part]) => part)
  if (Object.hasOwn(properties, name))
    return matching.length > 0 ? { allOf: [properties[name], ...matching] } : properties[name]
  return matching.length > 0 ? { allOf: matching } : (schema['additionalProperties'] ?? true)
}

/** Properties with invented names: if the schema requires more than it names, or describes a map. */
function extraEntries(schema: Schema, entries: readonly [string, Json][], context: GeneratorContext): [string, Json][] {
  const min = numberIn(schema, 'minProperties') ?? 0
  const isMap = isFields(schema['additionalProperties']) && !('properties' in schema) && !context.sparse
  const max = numberIn(schema, 'maxProperties') ?? Number.POSITIVE_INFINITY
  const missing = Math.max(min - entries.length, isMap ? Math.min(1, max - entries.length) : 0)
  const taken = new Set(entries.map(([name]) => name))
  const extra: [string, Json][] = []
  while (extra.length < missing) {
    const name = inventName(schema, taken, context)
    taken.add(name)
    extra.push([name, context.below(schemaOf(schema, {}, name))])
  }
  return extra
}

function inventName(schema: Schema, taken: ReadonlySet<string>, context: GeneratorContext): string {
  const rule = schema['propertyNames']
  for (let count = taken.size; ; count++) {
    const drawn =
      rule === undefined || count > taken.size + 50
        ? `key${count}`
        : context.below({ allOf: [{ type: 'string' }, rule] })
    if (typeof drawn === 'string' && !taken.has(drawn)) return drawn
  }
}
