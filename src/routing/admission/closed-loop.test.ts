// The queue and the adaptive limit in front of a simulated inference server, in simulated time.
import { describe, expect, test } from 'bun:test'
import { percentile, type Plan, type Settled, simulate } from '../../../test/overload-simulation.ts'

const ADAPTIVE = { adaptiveConcurrency: true, maxWait: '1s' }

/** 300 s at a server with a capacity of about 32 of these calls per second. */
const at = (callsPerSecond: number, admission: object, more: Partial<Plan> = {}) =>
  simulate({ requestsPerSecond: callsPerSecond, seconds: 300, boundMs: 2000, admission, ...more })

describe.each([1, 2, 3])('at three times the capacity (seed %d)', (seed) => {
  const peak = at(32, {}, { seed }).goodput

  test('a server without a limit is too late for almost every call', () => {
    expect(peak).toBeGreaterThan(31)
    expect(at(96, {}, { seed }).goodput).toBeLessThan(0.05 * peak)
  })

  test('an adaptive limit keeps nine tenths of the peak, and admitted calls start soon', () => {
    const { goodput, firstTokens } = at(96, ADAPTIVE, { seed })
    expect(goodput).toBeGreaterThan(0.9 * peak)
    expect(percentile(firstTokens, 0.99)).toBeLessThan(1500)
  })

  test('so does a well-chosen fixed limit', () => {
    const { goodput } = at(96, { maxWait: '1s' }, { seed, maxConcurrency: 128 })
    expect(goodput).toBeGreaterThan(0.9 * peak)
  })
})

test('below the capacity an adaptive limit costs nothing', () => {
  const { goodput, rejected } = at(20, ADAPTIVE)
  expect(rejected).toBe(0)
  expect(goodput).toBeGreaterThan(0.99 * at(20, {}).goodput)
})

test.each([
  [0.5, 0.85],
  [2, 0.9],
])('after a server changes to %d times its speed, the limit adapts: %d of the new capacity', (laterSpeed, share) =>
  expect(at(96, ADAPTIVE, { laterSpeed }).goodput).toBeGreaterThan(share * 32 * laterSpeed),
)

/** 16 places, which make some 14.7 of these calls a second; a call alone takes about a second. */
const narrow = (admission: object, seed: number) =>
  at(45, admission, {
    seed,
    boundMs: Infinity,
    maxConcurrency: 16,
    priorityOf: (call) => (['high', 'low'] as const)[call % 10] ?? 'normal',
  })
const medianWait = (calls: readonly Settled[]) =>
  percentile(
    calls.map(({ waitedMs }) => waitedMs),
    0.5,
  )

test.each([1, 2, 3])(
  'at three times what a pool can take no place is empty, high priorities hardly wait, and the rest is rejected at once (seed %d)',
  (seed) => {
    const { calls, goodput } = narrow({ maxWait: '6s' }, seed)
    expect(goodput).toBeGreaterThan(0.9 * narrow({ maxWait: '10m', maxQueued: 100_000 }, seed).goodput)
    const high = calls.filter(({ priority }) => priority === 'high')
    expect(high.filter(({ isRefused }) => isRefused)).toEqual([])
    expect(medianWait(high)).toBeLessThan(500)
    const refused = calls.filter(({ isRefused }) => isRefused)
    expect(refused.length).toBeGreaterThan(calls.length / 2)
    expect(medianWait(refused)).toBe(0)
    expect(Math.max(...calls.map(({ waitedMs }) => waitedMs))).toBeLessThanOrEqual(6050) // it looks every 50 ms
  },
)
