// Google's JSON reader takes `inline_data` for `inlineData`.
import { type Fields, isFields } from '../wire/fields.ts'

/** Their values belong to the client: arguments, results, schemas. */
const VERBATIM = new Set([
  'args',
  'response',
  'parameters',
  'parametersJsonSchema',
  'responseJsonSchema',
  'responseSchema',
  'labels',
])

/** The body with the names of all fields of the API in camel case. */
export const camelCased = (fields: Fields, depth = 0): Fields =>
  Object.fromEntries(
    Object.entries(fields).map(([key, value]) => {
      const name = key.replaceAll(/_([a-z])/g, (_, letter: string) => letter.toUpperCase())
      return [name, VERBATIM.has(name) || depth > 20 ? value : camelCasedValue(value, depth + 1)]
    }),
  )

function camelCasedValue(value: unknown, depth: number): unknown {
  if (Array.isArray(value)) return value.map((item) => camelCasedValue(item, depth))
  return isFields(value) ? camelCased(value, depth) : value
}
