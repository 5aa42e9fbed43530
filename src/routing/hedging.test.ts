import { describe, expect, test } from 'bun:test'
import { createRandom } from '../sim/engine/random.ts'
import { Hedging } from './hedging.ts'

const hedging = (after: number | 'p95' = 'p95', share = 0.05) => new Hedging({ after, share })

describe('the hedge delay', () => {
  test('is the configured time, whatever latencies were observed', () => {
    const fixed = hedging(300)
    fixed.observe(true, 10, 5000)
    expect([fixed.delayMs(true, 10), fixed.delayMs(false, 100_000)]).toEqual([300, 300])
  })

  test('is unknown before 32 samples', () => {
    const learning = hedging()
    for (let call = 0; call < 31; call++) learning.observe(true, 10, 100)
    expect(learning.delayMs(true, 10)).toBeUndefined()
    learning.observe(true, 10, 100)
    expect(learning.delayMs(true, 10)).toBeWithin(100, 110)
  })

  test('is the time that 95 of 100 calls do not exceed', () => {
    const learning = hedging()
    for (let call = 0; call < 400; call++) learning.observe(true, 10, call % 25 === 0 ? 5000 : 100)
    expect(learning.delayMs(true, 10)).toBeWithin(100, 110)
    for (let call = 0; call < 400; call++) learning.observe(true, 10, call % 10 === 0 ? 5000 : 100)
    expect(learning.delayMs(true, 10)).toBeGreaterThanOrEqual(5000)
  })

  test('is learned per prompt length, and separately for streams and complete responses', () => {
    const learning = hedging()
    for (let call = 0; call < 100; call++) {
      learning.observe(true, 100, 100)
      learning.observe(true, 40_000, 3000)
      learning.observe(false, 100, 9000)
    }
    const waits = ([isStream, tokens]: [boolean, number]) =>
      Math.floor((learning.delayMs(isStream, tokens) ?? 0) / 1000)
    const cases: [boolean, number][] = [
      [true, 0],
      [true, 512],
      [true, 40_000],
      [true, 65_536],
      [false, 512],
    ]
    expect(cases.map(waits)).toEqual([0, 0, 3, 3, 9])
    expect([learning.delayMs(true, 513), learning.delayMs(true, 1e9), learning.delayMs(false, 40_000)]).toEqual([
      undefined,
      undefined,
      undefined,
    ])
  })
})

test('hedges stay within their share of the calls from the first call on, and at most 10 are saved up', () => {
  const { budget } = hedging('p95', 0.05)
  expect(budget.spend()).toBe(false)
  let hedges = 0
  for (let call = 0; call < 1000; call++) {
    budget.earn()
    if (budget.spend()) hedges++
  }
  expect(hedges).toBeWithin(49, 51)
  for (let call = 0; call < 100_000; call++) budget.earn()
  expect(Array.from({ length: 50 }, () => budget.spend()).filter(Boolean)).toHaveLength(10)
})

/** How many of `calls` take long in the end, when one in 40 does at the first endpoint and the second is always quick. */
function slowOf(learning: Hedging, calls: number, random: () => number): number {
  let slow = 0
  for (let call = 1; call <= calls; call++) {
    const quickMs = () => 2 + 8 * random()
    const firstMs = call % 40 === 0 ? 1500 : quickMs()
    const delayMs = learning.delayMs(true, 10) ?? Infinity
    learning.budget.earn()
    const tookMs = firstMs > delayMs && learning.budget.spend() ? Math.min(firstMs, delayMs + quickMs()) : firstMs
    learning.observe(true, 10, tookMs)
    if (tookMs > 1000) slow++
  }
  return slow
}

test.each([1, 2, 3, 4, 5])(
  'with the 95th percentile few slow calls stay slow, since quick ones use a part of the budget (seed %d)',
  (seed) => {
    const random = createRandom(seed)
    const learning = hedging()
    slowOf(learning, 39, random)
    expect(slowOf(learning, 240, random)).toBeLessThan(4)
  },
)
