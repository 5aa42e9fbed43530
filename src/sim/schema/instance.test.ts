import { expect, test } from 'bun:test'
import { Ajv } from 'ajv'
import { Ajv2020 } from 'ajv/dist/2020.js'
import addFormats from 'ajv-formats'
import fc from 'fast-check'
import { createRandom } from '../engine/random.ts'
import { exampleOf } from './instance.ts'
import { runs } from '../../../test/runs.ts'

const options = { strict: false, allErrors: true }
const draft7 = addFormats.default(new Ajv(options))
const draft2020 = addFormats.default(new Ajv2020(options))

/** Generates thirty values, checks that each is valid, and returns them. */
function validExamples(schema: object, ajv: Ajv = draft2020): unknown[] {
  const validate = ajv.compile(schema)
  return Array.from({ length: 30 }, (_, seed) => {
    const value = exampleOf(schema, createRandom(seed))
    if (!validate(value)) throw new Error(`${JSON.stringify(value)}: ${ajv.errorsText(validate.errors)}`)
    return value
  })
}

const node = {
  type: 'object',
  properties: { name: { type: 'string' }, next: { $ref: '#/$defs/node' } },
  required: ['name'],
}
const tree = {
  type: 'object',
  properties: { value: { type: 'integer' }, children: { type: 'array', items: { $ref: '#' } } },
  required: ['value', 'children'],
  additionalProperties: false,
}

test.each([
  ['no keywords', {}],
  ['a constant', { const: { a: [1] } }],
  ['an enumeration', { enum: ['a', 2, null] }],
  ['types to choose from', { type: ['null', 'integer'] }],
  ['OpenAPI nullable', { type: 'string', nullable: true }],
  [
    'required and optional',
    { type: 'object', properties: { a: { type: 'string' }, b: { type: 'number' } }, required: ['b'] },
  ],
  ['nothing but the named', { properties: { a: true }, required: ['a'], additionalProperties: false }],
  ['a map', { type: 'object', additionalProperties: { type: 'boolean' }, minProperties: 3 }],
  ['a map of pattern names', { type: 'object', propertyNames: { pattern: '^k_[a-z]{4}$' }, minProperties: 2 }],
  ['pattern properties', { type: 'object', patternProperties: { '^n_': { type: 'number' } }, required: ['n_1'] }],
  ['few properties', { type: 'object', properties: { a: {}, b: {}, c: {} }, maxProperties: 1 }],
  [
    'enough of the optional',
    { type: 'object', properties: { a: {}, b: {} }, minProperties: 2, additionalProperties: false },
  ],
  [
    'a choice that can go on for ever',
    { anyOf: [{ type: 'object', properties: { left: { $ref: '#' } }, required: ['left'] }, { type: 'null' }] },
  ],
  ['bounds of a list', { type: 'array', items: { type: 'integer' }, minItems: 4, maxItems: 5 }],
  [
    'different items',
    { type: 'array', items: { type: 'integer', minimum: 1, maximum: 4 }, uniqueItems: true, minItems: 3 },
  ],
  ['fewer different items than usual', { type: 'array', items: { const: 1 }, uniqueItems: true }],
  ['a tuple', { type: 'array', prefixItems: [{ type: 'string' }, { type: 'integer' }], items: false, minItems: 2 }],
  ['an item it must contain', { type: 'array', items: { type: 'integer' }, contains: { minimum: 900 } }],
  ['lengths', { type: 'string', minLength: 40, maxLength: 41 }],
  ['a long text', { type: 'string', minLength: 500 }],
  ['an empty text', { type: 'string', maxLength: 0 }],
  ['a pattern and lengths', { type: 'string', pattern: '^[a-z]+$', minLength: 3, maxLength: 4 }],
  ['multiples', { type: 'number', multipleOf: 0.01, minimum: 0, exclusiveMaximum: 1 }],
  ['whole multiples', { type: 'integer', multipleOf: 7, minimum: 10, maximum: 30 }],
  ['exclusive bounds', { type: 'integer', exclusiveMinimum: 3, exclusiveMaximum: 5 }],
  ['a narrow interval', { type: 'number', exclusiveMinimum: 0, maximum: 1e-9 }],
  ['only an upper bound', { type: 'integer', maximum: -5 }],
  ['references', { $defs: { node }, $ref: '#/$defs/node' }],
  ['a reference with neighbours', { $defs: { a: { type: 'string' } }, $ref: '#/$defs/a', minLength: 30 }],
  ['a reference to itself', tree],
  ['an anchor', { $defs: { x: { $anchor: 'here', type: 'integer' } }, $ref: '#here' }],
  ['an odd pointer', { $defs: { 'a/b c': { const: 4 } }, $ref: '#/$defs/a~1b%20c' }],
  ['the first of any', { anyOf: [{ type: 'integer' }, { type: 'string' }] }],
  ['one of', { oneOf: [false, { type: 'object', properties: { kind: { const: 'a' } }, required: ['kind'] }] }],
  [
    'a choice beside properties',
    { type: 'object', properties: { a: { type: 'integer' } }, anyOf: [{ required: ['a'] }] },
  ],
  [
    'all of',
    {
      allOf: [
        { type: 'object', properties: { a: { type: 'number' } }, required: ['a'] },
        { properties: { a: { type: 'integer', minimum: 5 }, b: { type: 'string' } }, required: ['b'] },
      ],
    },
  ],
])('%s', (_, schema) => {
  expect(validExamples(schema)).toHaveLength(30)
})

test.each([
  'date',
  'time',
  'date-time',
  'duration',
  'email',
  'hostname',
  'uri',
  'ipv4',
  'ipv6',
  'uuid',
  'json-pointer',
])('format %s', (format) => {
  expect(validExamples({ type: 'string', format })).toHaveLength(30)
})

test.each([
  ['a tuple', { type: 'array', items: [{ type: 'string' }, { type: 'integer' }], additionalItems: false, minItems: 2 }],
  ['definitions', { definitions: { a: { type: 'integer' } }, type: 'array', items: { $ref: '#/definitions/a' } }],
])('draft 7: %s', (_, schema) => {
  expect(validExamples(schema, draft7)).toHaveLength(30)
})

test.each([
  [false, 'accepts no value'],
  [{ type: 'object', properties: { a: false }, required: ['a'] }, 'accepts no value'],
  [{ allOf: [{ type: 'string' }, { type: 'number' }] }, 'accepts no value'],
  [{ enum: [] }, 'accepts no value'],
  [{ type: 'integer', minimum: 3, maximum: 2 }, 'No number fits'],
  [{ type: 'string', pattern: '^a{9}$', maxLength: 3 }, 'No text fits'],
  [{ type: 'array', items: { const: 1 }, uniqueItems: true, minItems: 2 }, 'more different items'],
  [{ $ref: '#/$defs/absent' }, 'does not contain'],
  [{ $ref: 'https://example.com/schema' }, 'does not contain'],
  [{ $ref: '#' }, 'circular'],
  [{ properties: { a: { $ref: '#' } }, required: ['a'] }, 'infinitely nested'],
])('%j is rejected', (schema, message) => {
  expect(() => exampleOf(schema, createRandom(1))).toThrow(message)
})

test('the same seed gives the same value', () => {
  const values = [1, 1, 2].map((seed) =>
    JSON.stringify(exampleOf({ type: 'object', properties: { a: {} }, required: ['a'] }, createRandom(seed))),
  )
  expect(values[0]).toBe(values[1]!)
  expect(values[0]).not.toBe(values[2]!)
})

const bounded = (low: string, high: string, type: string) =>
  fc.tuple(fc.nat(6), fc.nat(6)).map(([from, more]) => ({ type, [low]: from, [high]: from + more }))

const { schema: SCHEMA } = fc.letrec<{ schema: object }>((tie) => ({
  schema: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    fc.constantFrom<object>(
      { type: 'boolean' },
      { type: 'null' },
      { type: 'string', format: 'date-time' },
      { enum: [1, 'two'] },
    ),
    bounded('minLength', 'maxLength', 'string'),
    bounded('minimum', 'maximum', 'integer'),
    bounded('minimum', 'maximum', 'number'),
    fc
      .tuple(bounded('minItems', 'maxItems', 'array'), tie('schema'))
      .map(([list, items]) => Object.assign(list, { items })),
    fc
      .tuple(fc.dictionary(fc.stringMatching(/^[a-z]{1,6}$/), tie('schema'), { maxKeys: 5 }), fc.boolean())
      .map(([properties, open]) => ({
        type: 'object',
        properties,
        required: Object.keys(properties).filter((_, at) => at % 2 === 0),
        additionalProperties: open,
      })),
    fc.array(tie('schema'), { minLength: 1, maxLength: 3 }).map((anyOf) => ({ anyOf })),
    tie('schema').map((part) => ({ allOf: [part, {}] })),
  ),
}))

test('a value for any schema passes a validator', () => {
  fc.assert(
    fc.property(SCHEMA, fc.nat(), (schema, seed) => {
      const validate = draft2020.compile(schema)
      expect([validate(exampleOf(schema, createRandom(seed))), validate.errors]).toEqual([true, null])
    }),
    runs(),
  )
})
