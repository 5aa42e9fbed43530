import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { LatencyQuantile } from './latency-quantile.ts'
import { runs } from '../../test/runs.ts'

const latency = fc.double({ min: 0, max: 2 ** 20, noNaN: true })
const STEP = 2 ** (1 / 8)

function quantileOf(samples: readonly number[], quantile: number): number {
  const sorted = samples.toSorted((a, b) => a - b)
  return sorted[Math.max(0, Math.ceil(quantile * sorted.length) - 1)]!
}

const quantilesOf = (samples: readonly number[]) => {
  const quantiles = new LatencyQuantile()
  for (const sample of samples) quantiles.observe(sample)
  return quantiles
}

test('without samples the quantile is undefined', () => expect(new LatencyQuantile().at(0.95)).toBeUndefined())

test('the quantile is exact, or up to one step above', () => {
  const quantile = fc.constantFrom(0.5, 0.9, 0.95, 0.99, 1)
  fc.assert(
    fc.property(fc.array(latency, { minLength: 1, maxLength: 511 }), quantile, (samples, share) => {
      const exact = Math.max(1, quantileOf(samples, share))
      const ratio = quantilesOf(samples).at(share)! / exact
      expect(ratio).toBeGreaterThan(0.999)
      expect(ratio).toBeLessThan(STEP * 1.001)
    }),
    runs(),
  )
})

test('a higher quantile is not smaller', () => {
  fc.assert(
    fc.property(fc.array(latency, { minLength: 1, maxLength: 1500 }), (samples) => {
      const quantiles = quantilesOf(samples)
      const rising = [0.1, 0.5, 0.9, 0.95, 0.99, 1].map((share) => quantiles.at(share)!)
      expect(rising).toEqual(rising.toSorted((a, b) => a - b))
      expect(quantiles.count).toBeLessThan(512)
    }),
    runs(),
  )
})

test('old samples are forgotten after some hundred new ones', () => {
  fc.assert(
    fc.property(fc.array(latency, { maxLength: 3000 }), fc.integer({ min: 1, max: 100_000 }), (before, now) => {
      const quantiles = quantilesOf([...before, ...Array<number>(3000).fill(now)])
      expect(quantiles.at(0.95)! / now).toBeWithin(0.999, STEP * 1.001)
    }),
    runs(),
  )
})

test('samples from long ago do not count', () => {
  const quantiles = quantilesOf([...Array<number>(3000).fill(50_000), ...Array<number>(1500).fill(64)])
  expect([quantiles.at(0.95), quantiles.count < 512]).toEqual([64, true])
})

test.each([0, -5, 0.2, 1e300, Infinity])('%p ms counts as the nearest value in range', (ms) =>
  expect(quantilesOf([ms]).at(0.95)).toBe(ms > 1 ? 2 ** 20 : 1),
)
