import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { runs } from '../../../test/runs.ts'
import { GatewayError } from '../../errors.ts'
import { toStrictSchema } from './strict-schema.ts'

const closed = (properties: object, more: object = {}) => ({
  type: 'object',
  properties,
  ...more,
  additionalProperties: false,
})

describe('a schema becomes one that Claude follows exactly', () => {
  test.each<[string, object, object, string[]]>([
    ['nothing to change', closed({ a: { type: 'string' } }), closed({ a: { type: 'string' } }), []],
    [
      'limits of numbers',
      { type: 'number', minimum: 1, exclusiveMaximum: 9.5, multipleOf: 0.5 },
      { type: 'number', description: '{minimum: 1, exclusiveMaximum: 9.5, multipleOf: 0.5}' },
      ['minimum', 'exclusiveMaximum', 'multipleOf'],
    ],
    [
      'limits behind a description',
      { type: 'string', description: 'A name.', minLength: 1, maxLength: 5 },
      { type: 'string', description: 'A name.\n\n{minLength: 1, maxLength: 5}' },
      ['minLength', 'maxLength'],
    ],
    [
      'limits of lists',
      { type: 'array', minItems: 2, uniqueItems: true, items: { type: 'string', maxLength: 2 } },
      {
        type: 'array',
        items: { type: 'string', description: '{maxLength: 2}' },
        description: '{minItems: 2, uniqueItems: true}',
      },
      ['maxLength', 'minItems', 'uniqueItems'],
    ],
    ['small lists', { type: 'array', minItems: 1, items: {} }, { type: 'array', minItems: 1, items: {} }, []],
    [
      'open objects at every level',
      { type: 'object', properties: { a: { properties: { b: {} } } }, $defs: { C: { type: ['object', 'null'] } } },
      {
        ...closed({ a: { properties: { b: {} }, additionalProperties: false } }),
        $defs: { C: { type: ['object', 'null'], additionalProperties: false } },
      },
      ['additionalProperties'],
    ],
    [
      'one of several',
      {
        oneOf: [
          { type: 'string', format: 'email' },
          { type: 'string', format: 'phone' },
        ],
      },
      {
        anyOf: [
          { type: 'string', format: 'email' },
          { type: 'string', description: '{format: "phone"}' },
        ],
      },
      ['format', 'oneOf'],
    ],
    [
      'properties with the names of keywords',
      closed({ minimum: { type: 'string' }, properties: { type: 'integer', maximum: 3 } }),
      closed({ minimum: { type: 'string' }, properties: { type: 'integer', description: '{maximum: 3}' } }),
      ['maximum'],
    ],
    [
      'words about the schema',
      { $schema: 'https://json-schema.org/draft/2020-12/schema', $id: 'x', type: 'string', minLength: 1 },
      { type: 'string', description: '{minLength: 1}' },
      ['minLength'],
    ],
  ])('%s', (_title, schema, expected, changed) => {
    const before = JSON.stringify(schema)
    const strict = toStrictSchema(schema as Record<string, unknown>, 'response_format')
    expect(strict.schema).toEqual(expected as Record<string, unknown>)
    expect(strict.changed.toSorted()).toEqual(changed.toSorted())
    expect(JSON.stringify(schema)).toBe(before)
  })

  test.each<[string, object, string]>([
    ['itself', { type: 'object', properties: { next: { $ref: '#' } } }, 'refers to itself'],
    [
      'itself by two steps',
      { $ref: '#/$defs/A', $defs: { A: { items: { $ref: '#/$defs/B' } }, B: { items: { $ref: '#/$defs/A' } } } },
      'refers to itself',
    ],
    [
      'any keys',
      { type: 'object', properties: { map: { type: 'object', additionalProperties: { type: 'string' } } } },
      'any keys',
    ],
    ['any keys at the root', { type: 'object', additionalProperties: true }, 'any keys'],
    ['great depth', nested(150), 'levels deep'],
  ])('%s is rejected', (_title, schema, why) =>
    expect(() => toStrictSchema(schema as Record<string, unknown>, 'response_format')).toThrow(why),
  )

  test('references that do not lead back are kept', () => {
    const schema = closed({ a: { $ref: '#/$defs/A' }, b: { $ref: '#/$defs/A' } }, { $defs: { A: { type: 'string' } } })
    expect(toStrictSchema(schema, 'x').schema).toEqual(schema)
  })

  test('a large schema takes as many steps as it has parts', () => {
    const properties = Object.fromEntries(
      Array.from({ length: 20_000 }, (_, at) => [`p${at}`, { type: 'string', maxLength: at }]),
    )
    expect(Object.keys(toStrictSchema(closed(properties), 'x').schema['properties'] as object)).toHaveLength(20_000)
  })

  test('references to nested parts end in bounded time', () => {
    const deep: Record<string, unknown> = nested(90)
    const pointers = Array.from({ length: 90 }, (_, at) => ({ $ref: `#/deep${'/items'.repeat(at)}` }))
    const wide = Array.from({ length: 3000 }, (_, at) => ({ $ref: `#/deep/items/%69tems?${at}` }))
    expect(() => toStrictSchema({ deep, anyOf: [...pointers, ...wide] }, 'x')).toThrow('500 references')
  })

  test('for any value, the result is a schema or an error with a code', () => {
    const schema = fc.dictionary(
      fc.constantFrom(
        'type',
        'properties',
        'items',
        'anyOf',
        'oneOf',
        '$ref',
        'description',
        'additionalProperties',
        'minimum',
      ),
      fc.jsonValue({ maxDepth: 4 }),
    )
    fc.assert(
      fc.property(schema, (value) => {
        try {
          const { schema: strict } = toStrictSchema(value, 'x')
          expect(toStrictSchema(strict, 'x').changed.filter((key) => key !== 'additionalProperties')).toEqual([])
        } catch (thrown) {
          expect(thrown).toBeInstanceOf(GatewayError)
        }
      }),
      runs(),
    )
  })
})

function nested(depth: number): Record<string, unknown> {
  let schema: Record<string, unknown> = { type: 'string' }
  for (let at = 0; at < depth; at++) schema = { type: 'array', items: schema }
  return schema
}
