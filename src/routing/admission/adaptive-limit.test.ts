import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { AdaptiveLimit } from './adaptive-limit.ts'
import { runs } from '../../../test/runs.ts'

/** An endpoint under test: its responses arrive one second apart, each from an attempt sent just before. */
class Drive {
  readonly adaptive = new AdaptiveLimit({ initial: 16, bound: 3, ageMs: 600_000 })
  nowMs = 0

  /** Observes responses of this slowness, by default with all slots busy. */
  responses(count: number, slowness: number, inFlight = Infinity): this {
    for (let index = 0; index < count; index++) {
      this.nowMs += 1000
      this.adaptive.observe({ kind: 'm', slowness, startedMs: this.nowMs, nowMs: this.nowMs, inFlight })
    }
    return this
  }

  /** Observes responses until the limit changes; returns the new limit. */
  untilChange(slowness: number): number {
    const before = this.adaptive.limit
    for (let count = 0; this.adaptive.limit === before && count < 1000; count++) this.responses(1, slowness)
    return this.adaptive.limit
  }
}

const steps = (drive: Drive, slowness: number, count: number) =>
  Array.from({ length: count }, () => drive.untilChange(slowness))

describe('the limit', () => {
  test('rises by half until the first slowdown', () => expect(steps(new Drive(), 1, 4)).toEqual([24, 36, 54, 81]))

  test('falls by a tenth if responses take more than three times the best, then rises by its square root', () => {
    const drive = new Drive()
    steps(drive, 1, 4)
    expect([...steps(drive, 4, 2), ...steps(drive, 1, 3)]).toEqual([72, 64, 72, 81, 90])
  })

  test('does not rise if it is not reached', () => expect(new Drive().responses(1000, 1, 15).adaptive.limit).toBe(16))

  test('stays above 0', () => {
    const drive = new Drive().responses(16, 1)
    for (let count = 0; count < 50; count++) drive.adaptive.overloaded(drive.nowMs, drive.nowMs++)
    expect(drive.adaptive.limit).toBe(1)
  })

  test('is not lowered by a few slow responses among many', () => {
    const drive = new Drive()
    steps(drive, 1, 4)
    for (let round = 0; round < 100; round++) drive.responses(2, 1).responses(1, 50)
    expect(drive.adaptive.limit).toBeGreaterThan(81)
  })
})

describe('an overload error', () => {
  test('lowers the limit by three tenths at once', () => {
    const drive = new Drive()
    drive.adaptive.overloaded(5, 10)
    expect(drive.adaptive.limit).toBe(11)
  })

  test('is ignored from attempts sent before the limit fell', () => {
    const drive = new Drive()
    drive.adaptive.overloaded(5, 10)
    for (let startedMs = 0; startedMs < 10; startedMs++) drive.adaptive.overloaded(startedMs, 11)
    expect(drive.adaptive.limit).toBe(11)
    drive.adaptive.overloaded(10, 12)
    expect(drive.adaptive.limit).toBe(7)
  })
})

test('responses to attempts sent before the last change are ignored', () => {
  const drive = new Drive()
  steps(drive, 1, 1)
  const { nowMs } = drive
  for (let index = 0; index < 30; index++)
    drive.adaptive.observe({ kind: 'm', slowness: 9, startedMs: nowMs - 1, nowMs: nowMs + index, inFlight: 24 })
  expect(drive.adaptive.limit).toBe(24)
})

test('so are responses that arrived before it', () => {
  const drive = new Drive()
  steps(drive, 1, 1)
  drive.responses(19, 9)
  drive.adaptive.overloaded(drive.nowMs, drive.nowMs)
  const { limit } = drive.adaptive
  expect(drive.responses(limit - 1, 9).adaptive.limit).toBe(limit)
})

test('each kind of call is compared only with itself', () => {
  const drive = new Drive()
  for (let round = 0; round < 200; round++) {
    drive.nowMs++
    const { nowMs } = drive
    for (const [kind, slowness] of [
      ['small', 1],
      ['large', 50],
    ] as const)
      drive.adaptive.observe({ kind, slowness, startedMs: nowMs, nowMs, inFlight: Infinity })
  }
  expect(drive.adaptive.limit).toBeGreaterThan(81)
})

describe('the best slowness is learned again', () => {
  test('if half the limit did not help: the server has changed, and its limit is restored', () => {
    const drive = new Drive()
    steps(drive, 1, 4) // to 81
    expect(steps(drive, 10, 7)).toEqual([72, 64, 57, 51, 45, 40, 81])
    expect(steps(drive, 10, 1)).toEqual([90])
  })

  test('but not if half the limit helped', () => {
    const drive = new Drive()
    steps(drive, 1, 4)
    steps(drive, 10, 6) // to 40
    expect(steps(drive, 6, 2)).toEqual([36, 32])
  })

  test('if half the limit helped and half of that did not', () => {
    const drive = new Drive()
    steps(drive, 1, 4)
    steps(drive, 10, 6) // to 40
    expect(steps(drive, 6, 7)).toEqual([36, 32, 28, 25, 22, 19, 40])
  })

  test('at a limit of 1, where no call waits for another', () => {
    const drive = new Drive().responses(16, 1)
    for (let count = 0; count < 50; count++) drive.adaptive.overloaded(drive.nowMs, drive.nowMs++)
    expect(drive.responses(5, 10).adaptive.limit).toBe(1)
    expect(drive.responses(5, 10).adaptive.limit).toBe(2)
  })

  test('at half the limit, if it was not observed for ten minutes', () => {
    const drive = new Drive()
    steps(drive, 1, 4) // to 81
    const limits = steps(drive, 2, 60)
    const probe = limits.findIndex((limit, index) => index > 0 && limit < limits[index - 1]!)
    expect(limits[probe]).toBe(limits[probe - 1]! >> 1)
    expect(limits[probe + 1]).toBe(limits[probe - 1])
  })
})

test('after any sequence of events the limit is an integer from 1 to 4096', () => {
  const event = fc.record({
    slowness: fc.double({ min: 0, max: 1e6, noNaN: true }),
    count: fc.integer({ min: 1, max: 30 }),
    isOverloaded: fc.boolean(),
  })
  fc.assert(
    fc.property(fc.array(event, { maxLength: 100 }), (events) => {
      const drive = new Drive()
      for (const { slowness, count, isOverloaded } of events) {
        drive.responses(count, slowness)
        if (isOverloaded) drive.adaptive.overloaded(drive.nowMs, drive.nowMs)
        const { limit } = drive.adaptive
        expect(Number.isInteger(limit) && limit >= 1 && limit <= 4096).toBe(true)
      }
    }),
    runs(),
  )
})
