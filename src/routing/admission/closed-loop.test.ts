// The queue and the learned limit in front of a simulated inference server, in simulated time.
import { describe, expect, test } from 'bun:test'
import { percentile, type Plan, simulate } from '../../../test/overload-simulation.ts'

const LEARNS = { adaptive: true, maxWait: '1s' }

/** 300 s at a server that is good for some 32 of these calls a second. */
const at = (callsPerSecond: number, admission: object, more: Partial<Plan> = {}) =>
  simulate({ requestsPerSecond: callsPerSecond, seconds: 300, boundMs: 2000, admission, ...more })

describe.each([1, 2, 3])('offered three times what the server can do (seed %d)', (seed) => {
  const peak = at(32, {}, { seed }).goodput

  test('a server without a limit answers everybody too late', () => {
    expect(peak).toBeGreaterThan(31)
    expect(at(96, {}, { seed }).goodput).toBeLessThan(0.05 * peak)
  })

  test('a learned limit keeps nine tenths of the peak, and those let in begin soon', () => {
    const { goodput, firstTokens } = at(96, LEARNS, { seed })
    expect(goodput).toBeGreaterThan(0.9 * peak)
    expect(percentile(firstTokens, 0.99)).toBeLessThan(1500)
  })

  test('so does a limit that somebody has chosen well', () => {
    const { goodput } = at(96, { maxWait: '1s' }, { seed, maxConcurrency: 128 })
    expect(goodput).toBeGreaterThan(0.9 * peak)
  })
})

test('below its capacity a learned limit costs nothing', () => {
  const { goodput, rejected: refused } = at(20, LEARNS)
  expect(refused).toBe(0)
  expect(goodput).toBeGreaterThan(0.99 * at(20, {}).goodput)
})

test.each([
  [0.5, 0.85],
  [2, 0.9],
])('a server that changes to %d times its speed is learned anew: %d of what it can do', (laterSpeed, share) =>
  expect(at(96, LEARNS, { laterSpeed }).goodput).toBeGreaterThan(share * 32 * laterSpeed),
)
