import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { createCallIds } from './call-ids.ts'
import { runs } from '../../../test/runs.ts'

const MISTRAL = { pattern: /^[a-zA-Z0-9]{9}$/, length: 9 }

test('a valid id stays', () => expect(createCallIds(MISTRAL)('abcdefgh1')).toBe('abcdefgh1'))

test('an invalid id gets the same replacement at every turn', () => {
  const first = createCallIds(MISTRAL)('functions.get:0')
  expect(first).toMatch(MISTRAL.pattern)
  expect(createCallIds(MISTRAL)('functions.get:0')).toBe(first)
})

test('different ids stay different, also if the history contains a replacement', () => {
  const made = createCallIds(MISTRAL)('call:1')
  const ids = createCallIds(MISTRAL)
  expect(ids('call:1')).toBe(made)
  expect(ids(made)).not.toBe(made)
  expect(ids(made)).toMatch(MISTRAL.pattern)
})

test('every id becomes valid and stays different from every other', () =>
  fc.assert(
    fc.property(fc.uniqueArray(fc.string(), { maxLength: 20 }), (given) => {
      const ids = createCallIds(MISTRAL)
      const made = given.map(ids)
      expect(new Set(made).size).toBe(given.length)
      for (const id of made) expect(id).toMatch(MISTRAL.pattern)
      expect(given.map(ids)).toEqual(made)
    }),
    runs(),
  ))
