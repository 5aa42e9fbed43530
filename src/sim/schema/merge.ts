// Merges two schemas into one that requires both.
import type { Schema } from './keywords.ts'

type Join = (a: never, b: never) => unknown

const larger = (a: number, b: number) => Math.max(a, b)
const smaller = (a: number, b: number) => Math.min(a, b)
const both = (a: unknown, b: unknown) => ({ allOf: [a, b] })
const asList = (type: string | readonly string[]): readonly string[] => (typeof type === 'string' ? [type] : type)

const JOINS: Readonly<Record<string, Join>> = {
  required: (a: string[], b: string[]) => [...new Set([...a, ...b])],
  properties: mergeProperties,
  items: both,
  additionalProperties: both,
  propertyNames: both,
  type: mergeTypes,
  enum: (a: unknown[], b: unknown[]) => a.filter((one) => b.some((other) => Bun.deepEquals(one, other))),
  ...Object.fromEntries(
    ['minimum', 'exclusiveMinimum', 'minLength', 'minItems', 'minProperties', 'minContains'].map((name) => [
      name,
      larger,
    ]),
  ),
  ...Object.fromEntries(
    ['maximum', 'exclusiveMaximum', 'maxLength', 'maxItems', 'maxProperties'].map((name) => [name, smaller]),
  ),
}

/** Joins keywords of both schemas where possible; otherwise the keyword of the second schema applies. */
export function mergeSchemas(a: Schema, b: Schema): Schema {
  const merged: Record<string, unknown> = { ...a, ...b }
  for (const [name, join] of Object.entries(JOINS)) {
    if (name in a && name in b) merged[name] = join(a[name] as never, b[name] as never)
  }
  return merged
}

function mergeProperties(a: Schema, b: Schema): Schema {
  const shared = Object.keys(a).filter((name) => name in b)
  return { ...a, ...b, ...Object.fromEntries(shared.map((name) => [name, both(a[name], b[name])])) }
}

function mergeTypes(a: string | readonly string[], b: string | readonly string[]): readonly string[] {
  const [left, right] = [asList(a), asList(b)]
  // Every integer is a number.
  const accepts = (types: readonly string[], type: string) =>
    types.includes(type) || (type === 'integer' && types.includes('number'))
  return [...left.filter((type) => accepts(right, type)), ...right.filter((type) => accepts(left, type))]
}
