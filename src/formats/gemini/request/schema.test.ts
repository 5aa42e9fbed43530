import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import type { JsonSchema } from '../../../chat/request.ts'
import { asGatewayError } from '../../../errors.ts'
import { isRecord } from '../../fields/fields.ts'
import { Losses } from '../../translation/losses.ts'
import { readSchema } from './read-schema.ts'
import { toOpenApi } from './schema.ts'
import { runs } from '../../../../test/runs.ts'

function written(schema: JsonSchema): { schema: JsonSchema; dropped: string } {
  const losses = new Losses()
  return {
    schema: toOpenApi(schema, 'p', losses),
    dropped: losses.list.map(({ what }) => what.split('left out: ')[1]).join(),
  }
}

const city = { type: 'object', properties: { name: { type: 'string' } } }
const CITY = { type: 'OBJECT', properties: { name: { type: 'STRING' } } }

describe('a JSON Schema is converted to the subset of older models', () => {
  test.each<[string, JsonSchema, JsonSchema, string]>([
    ['a plain object', { ...city, required: ['name'] }, { ...CITY, required: ['name'] }, ''],
    ['a string or null', { type: ['string', 'null'] }, { type: 'STRING', nullable: true }, ''],
    ['a nullable object keeps its properties', { ...city, type: ['object', 'null'] }, { ...CITY, nullable: true }, ''],
    ['an object or null, as alternatives', { anyOf: [city, { type: 'null' }] }, { ...CITY, nullable: true }, ''],
    [
      'a description next to alternatives is kept',
      { anyOf: [city, { type: 'null' }], description: 'd' },
      { ...CITY, description: 'd', nullable: true },
      '',
    ],
    [
      'the one alternative of an object adds to its properties',
      { properties: { a: {} }, required: ['a'], anyOf: [{ properties: { b: {} }, required: ['b'] }] },
      { type: 'OBJECT', properties: { b: {}, a: {} }, required: ['b', 'a'], propertyOrdering: ['b', 'a'] },
      '',
    ],
    ['two types', { type: ['string', 'integer'] }, { anyOf: [{ type: 'STRING' }, { type: 'INTEGER' }] }, ''],
    [
      'alternatives',
      { oneOf: [{ type: 'string' }, { type: 'number' }] },
      { anyOf: [{ type: 'STRING' }, { type: 'NUMBER' }] },
      'oneOf (as anyOf)',
    ],
    ['a constant', { const: 'a' }, { type: 'STRING', format: 'enum', enum: ['a'] }, ''],
    ['an enum of strings', { enum: ['a', 'b'] }, { type: 'STRING', format: 'enum', enum: ['a', 'b'] }, ''],
    [
      'an enum with null',
      { type: ['string', 'null'], enum: ['a', null] },
      { type: 'STRING', format: 'enum', enum: ['a'], nullable: true },
      '',
    ],
    ['an enum of numbers', { type: 'integer', enum: [1, 2] }, { type: 'INTEGER' }, 'enum'],
    ['a reference', { $ref: '#/$defs/City', $defs: { City: city } }, CITY, ''],
    [
      'an old reference',
      { properties: { c: { $ref: '#/definitions/C' } }, definitions: { C: city } },
      { type: 'OBJECT', properties: { c: CITY } },
      '',
    ],
    ['a reference with a slash and a tilde', { $ref: '#/$defs/a~1b~0c%20d', $defs: { 'a/b~c d': city } }, CITY, ''],
    [
      'one schema with two references',
      { properties: { a: { $ref: '#/$defs/C' }, b: { $ref: '#/$defs/C' } }, $defs: { C: city } },
      { type: 'OBJECT', properties: { a: CITY, b: CITY }, propertyOrdering: ['a', 'b'] },
      '',
    ],
    [
      'allOf',
      { allOf: [city, { properties: { zip: { type: 'string' } } }] },
      {
        type: 'OBJECT',
        properties: { name: { type: 'STRING' }, zip: { type: 'STRING' } },
        propertyOrdering: ['name', 'zip'],
      },
      '',
    ],
    ['an exclusive bound', { type: 'number', exclusiveMinimum: 0 }, { type: 'NUMBER', minimum: 0 }, 'exclusiveMinimum'],
    [
      'unsupported keywords',
      {
        ...city,
        title: 't',
        $schema: 's',
        default: {},
        additionalProperties: false,
        patternProperties: {},
        examples: [],
      },
      CITY,
      '$schema, additionalProperties, default, examples, patternProperties, title',
    ],
    ['an unsupported format', { type: 'string', format: 'email' }, { type: 'STRING' }, 'format'],
    ['a supported format', { type: 'integer', format: 'int64' }, { type: 'INTEGER', format: 'int64' }, ''],
    ['a list of anything', { type: 'array' }, { type: 'ARRAY', items: {} }, ''],
    ['anything', { properties: { x: true } }, { type: 'OBJECT', properties: { x: {} } }, ''],
    [
      'required properties that do not exist',
      { ...city, required: ['name', 'zip'] },
      { ...CITY, required: ['name'] },
      '',
    ],
    [
      'a property with the name of a keyword',
      { properties: { $ref: { type: 'string' } } },
      { type: 'OBJECT', properties: { $ref: { type: 'STRING' } } },
      '',
    ],
  ])('%s', (_title, given, schema, dropped) => expect(written(given)).toEqual({ schema, dropped }))
})

describe('rejects a schema that', () => {
  const doubling = Object.fromEntries(
    Array.from({ length: 30 }, (_, level) => [
      `D${level}`,
      { properties: { a: { $ref: `#/$defs/D${level + 1}` }, b: { $ref: `#/$defs/D${level + 1}` } } },
    ]),
  )
  test.each<[string, JsonSchema, string]>([
    [
      'refers to itself',
      { $ref: '#/$defs/N', $defs: { N: { properties: { next: { $ref: '#/$defs/N' } } } } },
      'refers to itself',
    ],
    ['refers to its root', { properties: { child: { $ref: '#' } } }, 'refers to itself'],
    [
      'has a cycle of references',
      { $ref: '#/$defs/A', $defs: { A: { $ref: '#/$defs/B' }, B: { $ref: '#/$defs/A' } } },
      'refers to itself',
    ],
    ['refers to a missing definition', { $ref: '#/$defs/Nobody' }, 'which does not exist'],
    ['refers to another document', { $ref: 'https://example.com/schema' }, 'which does not exist'],
    ['refers to a prototype', { $ref: '#/constructor' }, 'which does not exist'],
    ['doubles thirty times', { $ref: '#/$defs/D0', $defs: { ...doubling, D30: city } }, 'too large'],
  ])('%s', (_title, schema, why) => {
    let thrown: unknown
    try {
      toOpenApi(schema, 'tools[0].parameters', new Losses())
    } catch (error) {
      thrown = error
    }
    expect(asGatewayError(thrown)).toMatchObject({
      code: 'unsupported_parameter',
      details: { param: 'tools[0].parameters' },
    })
    expect(asGatewayError(thrown).message).toContain(why)
  })
})

const TYPES = ['STRING', 'NUMBER', 'INTEGER', 'BOOLEAN', 'ARRAY', 'OBJECT']
const KEYWORDS = new Set([
  'type',
  'format',
  'description',
  'nullable',
  'enum',
  'properties',
  'required',
  'propertyOrdering',
  'items',
  'anyOf',
  'minItems',
  'maxItems',
  'minimum',
  'maximum',
  'minLength',
  'maxLength',
  'pattern',
  'minProperties',
  'maxProperties',
])

const word = fc.constantFrom('a', 'b', 'type', '$ref', 'items')
const { schema: anySchema } = fc.letrec<{ schema: JsonSchema }>((tie) => ({
  schema: fc.oneof(
    { maxDepth: 4, depthSize: 'small' },
    fc.record(
      {
        type: fc.constantFrom('string', 'number', 'integer', 'boolean', ['string', 'null'], ['integer', 'string']),
        title: word,
      },
      { requiredKeys: ['type'] },
    ),
    fc.record({ enum: fc.array(fc.oneof(word, fc.integer(), fc.constant(null)), { minLength: 1 }) }),
    fc.record({ const: fc.oneof(word, fc.integer()) }),
    fc.record({ $ref: fc.constantFrom('#/$defs/One', '#/$defs/Two') }),
    fc.record({ type: fc.constant('array'), items: tie('schema') }, { requiredKeys: ['type'] }),
    fc.record({
      anyOf: fc.array(fc.oneof(tie('schema'), fc.constant({ type: 'null' })), { minLength: 1, maxLength: 3 }),
    }),
    fc.record(
      {
        type: fc.constantFrom('object', ['object', 'null']),
        properties: fc.dictionary(word, tie('schema'), { maxKeys: 3 }),
        required: fc.array(word),
        default: fc.jsonValue(),
      },
      { requiredKeys: ['type', 'properties'] },
    ),
  ),
}))
const $defs = { One: { type: 'string' }, Two: { anyOf: [{ $ref: '#/$defs/One' }, { type: 'null' }] } }

/** Every schema in a document of the subset. */
function* schemasIn(schema: unknown): Generator<Record<string, unknown>> {
  if (!isRecord(schema)) return
  yield schema
  for (const one of Object.values(schema['properties'] ?? {})) yield* schemasIn(one)
  for (const one of (schema['anyOf'] as unknown[] | undefined) ?? []) yield* schemasIn(one)
  yield* schemasIn(schema['items'])
}

describe('for any schema', () => {
  test('the converted schema is in the subset', () =>
    fc.assert(
      fc.property(anySchema, (given) => {
        for (const schema of schemasIn(written({ ...given, $defs }).schema)) {
          expect(Object.keys(schema).filter((key) => !KEYWORDS.has(key))).toEqual([])
          if (schema['type'] !== undefined) expect(TYPES).toContain(schema['type'] as string)
          if (schema['enum']) expect(schema['type']).toBe('STRING')
          const names = Object.keys(schema['properties'] ?? {})
          expect(((schema['required'] as string[] | undefined) ?? []).every((name) => names.includes(name))).toBeTrue()
        }
      }),
      runs(),
    ))

  test('an object keeps all its properties, nullable or not', () =>
    fc.assert(
      fc.property(fc.dictionary(word, anySchema, { minKeys: 1 }), fc.boolean(), (properties, isNullable) => {
        const { schema } = written({ type: isNullable ? ['object', 'null'] : 'object', properties, $defs })
        expect(Object.keys(schema['properties'] as object)).toEqual(Object.keys(properties))
        expect(schema['nullable'] === true).toBe(isNullable)
      }),
      runs(),
    ))

  test('converting back and forth again changes nothing', () =>
    fc.assert(
      fc.property(anySchema, (given) => {
        const once = written({ ...given, $defs }).schema
        expect(written(readSchema(once)).schema).toEqual(once)
      }),
      runs(),
    ))
})

describe('a schema of the subset is converted to JSON Schema', () => {
  test.each<[string, unknown, JsonSchema]>([
    [
      'types',
      { type: 'OBJECT', properties: { a: { type: 'STRING' } } },
      { type: 'object', properties: { a: { type: 'string' } } },
    ],
    [
      'types by number',
      { type: 6, properties: { a: { type: 1 } } },
      { type: 'object', properties: { a: { type: 'string' } } },
    ],
    ['nullable', { type: 'STRING', nullable: true, enum: ['a'] }, { type: ['string', 'null'], enum: ['a', null] }],
    [
      'nullable alternatives',
      { any_of: [{ type: 'STRING' }], nullable: true },
      { anyOf: [{ type: 'string' }, { type: 'null' }] },
    ],
    [
      'counts as strings',
      { type: 'ARRAY', min_items: '1', items: { type: 'STRING' } },
      { type: 'array', minItems: 1, items: { type: 'string' } },
    ],
    [
      'names of properties are kept',
      { properties: { first_name: { type: 'STRING' } } },
      { properties: { first_name: { type: 'string' } } },
    ],
    [
      'keywords that are not JSON Schema are removed',
      { type: 'STRING', format: 'enum', enum: ['a'], propertyOrdering: ['a'] },
      { type: 'string', enum: ['a'] },
    ],
    ['an example', { type: 'STRING', example: 'x' }, { type: 'string', examples: ['x'] }],
  ])('%s', (_title, given, schema) => expect(readSchema(given)).toEqual(schema))
})
