import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { Histogram, MAX_RELATIVE_ERROR } from './histogram.ts'
import { runs } from '../../test/runs.ts'

const values = fc.array(fc.oneof(fc.integer({ min: 0, max: 2 ** 32 - 1 }), fc.integer({ min: 0, max: 5000 })), {
  minLength: 1,
  maxLength: 300,
})

function histogramOf(list: readonly number[]): Histogram {
  const histogram = new Histogram()
  for (const value of list) histogram.record(value)
  return histogram
}

test('a quantile is within the promised error of the true one', () => {
  fc.assert(
    fc.property(values, fc.double({ min: 0, max: 1, noNaN: true }), (list, quantile) => {
      const rank = Math.max(Math.ceil(quantile * list.length), 1)
      const exact = list.toSorted((a, b) => a - b)[rank - 1]!
      const found = histogramOf(list).quantile(quantile)
      expect(Math.abs(found - exact)).toBeLessThanOrEqual(exact * MAX_RELATIVE_ERROR)
    }),
    runs(),
  )
})

test('merging two histograms gives the histogram of all their values', () => {
  fc.assert(
    fc.property(values, values, (left, right) => {
      const merged = histogramOf(left)
      merged.merge(histogramOf(right))
      expect(merged).toEqual(histogramOf([...left, ...right]))
    }),
    runs(),
  )
})

test('merging an empty histogram changes nothing', () => {
  const histogram = histogramOf([3, 9])
  histogram.merge(new Histogram())
  expect(histogram.summary()).toEqual(histogramOf([3, 9]).summary())
})

test('adjacent ranges count every value once', () => {
  fc.assert(
    fc.property(values, fc.integer({ min: 0, max: 2 ** 32 }), (list, cut) => {
      const histogram = histogramOf(list)
      expect(histogram.countBetween(0, cut) + histogram.countBetween(cut, Infinity)).toBe(list.length)
    }),
    runs(),
  )
})

test.each([
  ['nothing', [], { count: 0, min: 0, mean: 0, p50: 0, p90: 0, p99: 0, p999: 0, max: 0 }],
  ['one value', [70], { count: 1, min: 70, mean: 70, p50: 70, p90: 70, p99: 70, p999: 70, max: 70 }],
  ['values out of range', [-5, 1e12], { count: 2, min: 0, p50: 0, max: 2 ** 32 - 1 }],
])('the summary of %s', (_title, list, expected) => {
  expect(histogramOf(list as number[]).summary()).toMatchObject(expected as object)
})
