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

const seen = (samples: readonly number[]) => {
  const quantiles = new LatencyQuantile()
  for (const sample of samples) quantiles.observe(sample)
  return quantiles
}

test('without samples there is none', () => expect(new LatencyQuantile().at(0.95)).toBeUndefined())

test('it is the exact one, or up to a step above it', () => {
  const quantile = fc.constantFrom(0.5, 0.9, 0.95, 0.99, 1)
  fc.assert(
    fc.property(fc.array(latency, { minLength: 1, maxLength: 511 }), quantile, (samples, share) => {
      const exact = Math.max(1, quantileOf(samples, share))
      const ratio = seen(samples).at(share)! / exact
      expect(ratio).toBeGreaterThan(0.999)
      expect(ratio).toBeLessThan(STEP * 1.001)
    }),
    runs(),
  )
})

test('more of the calls take longer', () => {
  fc.assert(
    fc.property(fc.array(latency, { minLength: 1, maxLength: 1500 }), (samples) => {
      const quantiles = seen(samples)
      const rising = [0.1, 0.5, 0.9, 0.95, 0.99, 1].map((share) => quantiles.at(share)!)
      expect(rising).toEqual(rising.toSorted((a, b) => a - b))
      expect(quantiles.count).toBeLessThan(512)
    }),
    runs(),
  )
})

test('whatever was before, some hundred samples later it is forgotten', () => {
  fc.assert(
    fc.property(fc.array(latency, { maxLength: 3000 }), fc.integer({ min: 1, max: 100_000 }), (before, now) => {
      const quantiles = seen([...before, ...Array<number>(3000).fill(now)])
      expect(quantiles.at(0.95)! / now).toBeWithin(0.999, STEP * 1.001)
    }),
    runs(),
  )
})

test('what was long ago does not count any more', () => {
  const quantiles = seen([...Array<number>(3000).fill(50_000), ...Array<number>(1500).fill(64)])
  expect([quantiles.at(0.95), quantiles.count < 512]).toEqual([64, true])
})

test.each([0, -5, 0.2, 1e300, Infinity])('%p ms is taken for the nearest that can be', (ms) =>
  expect(seen([ms]).at(0.95)).toBe(ms > 1 ? 2 ** 20 : 1),
)
