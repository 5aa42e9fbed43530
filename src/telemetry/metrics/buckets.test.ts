import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { createBucketFinder, DURATION_BUCKETS } from './buckets.ts'
import { runs } from '../../../test/runs.ts'

const naive = (bounds: readonly number[], value: number) => {
  const index = bounds.findIndex((bound) => value <= bound)
  return index === -1 ? bounds.length : index
}

test.each([
  [0, 0],
  [-0, 0],
  [-1, 0],
  [-Infinity, 0],
  [Number.MIN_VALUE, 0],
  [0.0001, 0],
  [0.00010000000000000002, 1],
  [0.001, 3],
  [1, 12],
  [1.0000000000000002, 13],
  [599.9, 20],
  [600, 20],
  [600.1, 21],
  [Number.MAX_VALUE, 21],
  [Infinity, 21],
])('a duration of %d seconds falls into bucket %d', (value, index) => {
  expect(createBucketFinder(DURATION_BUCKETS)(value)).toBe(index)
})

test('the bounds go from 0.1 ms to 10 min in steps of at most a factor of three', () => {
  expect(DURATION_BUCKETS[0]).toBe(0.0001)
  expect(DURATION_BUCKETS.at(-1)).toBe(600)
  const steps = DURATION_BUCKETS.slice(1).map((bound, index) => bound / DURATION_BUCKETS[index]!)
  expect(Math.max(...steps)).toBeLessThanOrEqual(3)
  expect(Math.min(...steps)).toBeGreaterThan(1)
})

const number = fc.double({ noNaN: true })
const bounds = fc
  .uniqueArray(fc.oneof(fc.double({ noNaN: true, noDefaultInfinity: true }), fc.integer()), {
    minLength: 1,
    maxLength: 40,
  })
  .map((list) => list.toSorted((left, right) => left - right))

test('every value falls into the same bucket as in a linear search', () => {
  fc.assert(
    fc.property(fc.oneof(bounds, fc.constant(DURATION_BUCKETS)), fc.array(number), (bounds, values) => {
      const find = createBucketFinder(bounds)
      const nearBounds = bounds.flatMap((bound) => [
        bound,
        bound * (1 + Number.EPSILON),
        bound * (1 - Number.EPSILON),
        -bound,
      ])
      for (const value of [...values, ...nearBounds]) expect(find(value)).toBe(naive(bounds, value))
    }),
    runs(),
  )
})
