import { expect, test } from 'bun:test'
import { createRandom } from './random.ts'

test('seed 1 gives the published numbers', () => {
  const random = createRandom(1)
  expect([random(), random(), random()].map((value) => value.toFixed(7))).toEqual([
    '0.6270739',
    '0.0027357',
    '0.5274470',
  ])
})

test('a seed counts modulo 2^32', () => {
  expect(createRandom(2 ** 32 + 5)()).toBe(createRandom(5)())
})
