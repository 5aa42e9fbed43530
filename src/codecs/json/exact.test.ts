import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { parseExact } from './exact.ts'
import { runs } from '../../../test/runs.ts'

test.each([
  ['an integer beyond 2^53', '{"id":12345678901234567890}'],
  ['a negative one', '[-98765432109876543210]'],
  ['an integer that a number represents', '{"id":9007199254740991}'],
  ['digits in a string', '{"id":"12345678901234567890"}'],
  ['a long fraction', '{"p":-6.569555282592773}'],
])('%s is written as it was read', (_title, text) => expect(JSON.stringify(parseExact(text))).toBe(text))

test('invalid JSON is rejected', () => expect(() => parseExact('{"a":1234567890123456')).toThrow(SyntaxError))

test('any other JSON is parsed as by JSON.parse', () =>
  fc.assert(
    fc.property(fc.json(), (text) => expect(JSON.parse(JSON.stringify(parseExact(text)))).toEqual(JSON.parse(text))),
    runs(),
  ))
