// The JSON Schemas that providers accept for the parameters of tools and for structured output.
import { type Fields, isFields } from '../wire/fields.ts'
import { fieldsOf, isGiven, listOf, type Report, wordSet } from './report.ts'

type Visit = (place: string, schema: Fields) => void

const LISTS = ['anyOf', 'oneOf', 'allOf', 'prefixItems']
const SINGLES = ['items', 'not', 'additionalProperties', 'if', 'then', 'else', 'contains', 'propertyNames']
const MAPS = ['properties', '$defs', 'definitions', 'patternProperties', 'dependentSchemas']

/** Visits a schema and every schema in it. */
export function eachSchema(place: string, schema: unknown, visit: Visit, depth = 0): void {
  if (!isFields(schema) || depth > 100) return
  visit(place, schema)
  const inner = (path: string, value: unknown) => eachSchema(`${place}.${path}`, value, visit, depth + 1)
  for (const name of LISTS) listOf(schema[name]).forEach((value, index) => inner(`${name}[${index}]`, value))
  for (const name of SINGLES) inner(name, schema[name])
  for (const name of MAPS)
    for (const [key, value] of Object.entries(fieldsOf(schema[name]))) inner(`${name}.${key}`, value)
}

const isObject = ({ type }: Fields): boolean => type === 'object' || (Array.isArray(type) && type.includes('object'))

/** OpenAI: an object without alternatives at its root; lists tell their items. */
export function checkOpenAiParameters(report: Report, place: string, schema: unknown): void {
  if (!isFields(schema) || schema['type'] !== 'object')
    return report(place, 'the schema of a function must have the type "object"')
  for (const name of ['oneOf', 'anyOf', 'allOf', 'enum', 'not'])
    if (isGiven(schema, name)) report(place, `the schema of a function must not have "${name}" at its root`)
  eachSchema(place, schema, (path, { type, items, prefixItems }) => {
    if (type === 'array' && items === undefined && prefixItems === undefined) report(path, 'array schema without items')
  })
}

const NOT_STRICT = [
  'allOf',
  'oneOf',
  'not',
  'if',
  'then',
  'else',
  'dependentRequired',
  'dependentSchemas',
  'patternProperties',
]

/** OpenAI, with `strict`: every object is closed and demands all its properties. */
export function checkOpenAiStrict(report: Report, place: string, schema: unknown): void {
  if (!isFields(schema) || schema['type'] !== 'object' || isGiven(schema, 'anyOf'))
    report(place, 'a strict schema must be an object at its root')
  eachSchema(place, schema, (path, inner) => {
    for (const name of NOT_STRICT)
      if (isGiven(inner, name)) report(path, `"${name}" is not permitted in a strict schema`)
    if (!isObject(inner)) return
    if (inner['additionalProperties'] !== false) report(path, 'a strict object needs additionalProperties: false')
    const required = listOf(inner['required'])
    for (const key of Object.keys(fieldsOf(inner['properties'])))
      if (!required.includes(key)) report(path, `a strict object must require its property "${key}"`)
  })
}

const CLAUDE_KEY = /^[a-zA-Z0-9_.-]{1,64}$/

/** Claude: an object without alternatives at its root, and plain names of properties. */
export function checkClaudeParameters(report: Report, place: string, schema: unknown): void {
  if (!isFields(schema) || schema['type'] !== 'object') return report(place, 'the schema must have the type "object"')
  for (const name of ['oneOf', 'anyOf', 'allOf'])
    if (isGiven(schema, name)) report(place, `the schema must not have "${name}" at its root`)
  eachSchema(place, schema, (path, { properties }) => {
    for (const key of Object.keys(fieldsOf(properties)))
      if (!CLAUDE_KEY.test(key)) report(path, `the property "${key}" must match ${CLAUDE_KEY.source}`)
  })
}

const CLAUDE_LIMITS = wordSet(`
  minimum maximum exclusiveMinimum exclusiveMaximum multipleOf minLength maxLength maxItems uniqueItems minProperties
  maxProperties patternProperties not if oneOf
`)

/** Claude's structured output: no limits of numbers, strings and lists; every object is closed. */
export function checkClaudeAnswer(report: Report, place: string, schema: unknown): void {
  if (!isFields(schema)) return report(place, 'the schema must be an object')
  eachSchema(place, schema, (path, inner) => {
    for (const name of CLAUDE_LIMITS)
      if (isGiven(inner, name)) report(path, `"${name}" is not supported in this schema`)
    if (Number(inner['minItems'] ?? 0) > 1) report(path, '"minItems" above 1 is not supported in this schema')
    if (isObject(inner) && inner['additionalProperties'] !== false)
      report(path, 'an object of this schema needs additionalProperties: false')
  })
}

const GEMINI_FIELDS = wordSet(`
  type format title description nullable enum maxItems minItems properties required minProperties
  maxProperties minLength maxLength pattern example anyOf propertyOrdering default items minimum maximum
`)

/** Gemini's own `Schema`, a subset of OpenAPI's. */
export function checkGeminiSchema(report: Report, place: string, schema: unknown): void {
  eachSchema(place, schema, (path, inner) => {
    for (const name of Object.keys(inner))
      if (!GEMINI_FIELDS.has(name)) report(path, `"${name}" is unknown in a Schema`)
    if (Array.isArray(inner['type'])) report(path, 'the type of a Schema is one word')
    if (listOf(inner['enum']).some((value) => typeof value !== 'string'))
      report(path, 'the values of an enum must be strings')
    const properties = fieldsOf(inner['properties'])
    for (const name of listOf(inner['required']))
      if (typeof name !== 'string' || !Object.hasOwn(properties, name))
        report(path, `required: the property ${JSON.stringify(name)} is not defined`)
  })
}
