import { describe, expect, test } from 'bun:test'
import { asGatewayError } from '../../errors.ts'
import { answerFields, type Fields, requestFields } from './fields.ts'

function upstreamErrorOf(read: () => unknown) {
  try {
    return { value: read() }
  } catch (thrown) {
    const { code, message, details } = asGatewayError(thrown)
    return { code, message, param: details.param }
  }
}

describe('the error for an invalid field names the field', () => {
  test.each<[string, unknown, (fields: Fields) => unknown, string | undefined, string]>([
    ['a body that is not an object', [], () => 0, undefined, 'The request body must be an object, not a list.'],
    ['a number for a string', { a: 1 }, (f) => f.string('a'), 'a', 'a must be a string, not a number.'],
    ['a string for a number', { a: '1' }, (f) => f.number('a'), 'a', 'a must be a number, not a string.'],
    ['a string for a boolean', { a: 'true' }, (f) => f.boolean('a'), 'a', 'a must be true or false, not a string.'],
    ['an object for a list', { a: {} }, (f) => f.list('a'), 'a', 'a must be a list, not an object.'],
    ['a missing required field', {}, (f) => f.requiredString('a'), 'a', 'a is missing.'],
    ['null for a required field', { a: null }, (f) => f.requiredList('a'), 'a', 'a is missing.'],
    ['an unknown value', { a: 'x' }, (f) => f.oneOf('a', ['y', 'z']), 'a', 'a is "x"; allowed: y, z.'],
    [
      'a list with a number among objects',
      { a: [{}, 1] },
      (f) => f.objects('a'),
      'a[1]',
      'a[1] must be an object, not a number.',
    ],
    [
      'a nested field',
      { a: [{ b: { c: 1 } }] },
      (f) => f.objects('a')![0]!.object('b')!.string('c'),
      'a[0].b.c',
      'a[0].b.c must be a string, not a number.',
    ],
  ])('%s', (_title, value, read, param, message) => {
    expect(upstreamErrorOf(() => read(requestFields(value)))).toEqual({
      code: 'invalid_request',
      message,
      param: param as string,
    })
  })

  test('in a response the error is upstream_malformed', () =>
    expect(upstreamErrorOf(() => answerFields({ a: 1 }).string('a'))).toEqual({
      code: 'upstream_malformed',
      message: 'The upstream returned an invalid response: a must be a string, not a number.',
      param: undefined as never,
    }))
})

test('rest has the fields that were not read', () => {
  const fields = requestFields({ a: 1, b: 'x', c: null, d: false, constructor: 1 })
  fields.number('a')
  fields.string('b')
  expect(fields.rest()).toEqual({ d: false, constructor: 1 } as never)
})

test('the rest of a nested object is under its key', () => {
  const fields = requestFields({ a: { b: 1, c: 2 }, d: 3 })
  const inner = fields.object('a')!
  inner.number('b')
  expect(fields.extra({ a: inner.rest(), e: undefined })).toEqual({ extra: { d: 3, a: { c: 2 } } })
  expect(requestFields({}).extra({ a: undefined })).toEqual({})
})

test('after whole() nothing is left', () => {
  const fields = requestFields({ a: 1, b: null })
  expect(fields.whole()).toEqual({ a: 1, b: null })
  expect(fields.rest()).toBeUndefined()
})

test.each(['constructor', 'toString', '__proto__'])('an inherited %s counts as absent', (key) =>
  expect(requestFields({}).any(key)).toBeUndefined(),
)
