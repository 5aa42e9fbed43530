import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { AdaptiveLimit } from './adaptive-limit.ts'
import { runs } from '../../../test/runs.ts'

/** An endpoint under test: `slow` answers come one second apart, each from an attempt sent just before. */
class Drive {
  readonly adaptive = new AdaptiveLimit({ initial: 16, bound: 3, ageMs: 600_000 })
  nowMs = 0

  /** So many answers of this slowness, with all places taken unless said. */
  answers(count: number, slowness: number, inFlight = Infinity): this {
    for (let answer = 0; answer < count; answer++) {
      this.nowMs += 1000
      this.adaptive.observe({ kind: 'm', slowness, startedMs: this.nowMs, nowMs: this.nowMs, inFlight })
    }
    return this
  }

  /** Answers until the limit has changed; what it is then. */
  untilChange(slowness: number): number {
    const before = this.adaptive.limit
    for (let answer = 0; this.adaptive.limit === before && answer < 1000; answer++) this.answers(1, slowness)
    return this.adaptive.limit
  }
}

const steps = (drive: Drive, slowness: number, count: number) =>
  Array.from({ length: count }, () => drive.untilChange(slowness))

describe('the limit', () => {
  test('rises by half until something is amiss', () => expect(steps(new Drive(), 1, 4)).toEqual([24, 36, 54, 81]))

  test('falls by a tenth when answers come three times later than at best, then rises by its square root', () => {
    const drive = new Drive()
    steps(drive, 1, 4)
    expect([...steps(drive, 4, 2), ...steps(drive, 1, 3)]).toEqual([72, 64, 72, 81, 90])
  })

  test('does not rise where nobody reaches it', () => expect(new Drive().answers(1000, 1, 15).adaptive.limit).toBe(16))

  test('stays above 0', () => {
    const drive = new Drive().answers(16, 1)
    for (let blow = 0; blow < 50; blow++) drive.adaptive.overloaded(drive.nowMs, drive.nowMs++)
    expect(drive.adaptive.limit).toBe(1)
  })

  test('is not moved by a few late answers among many', () => {
    const drive = new Drive()
    steps(drive, 1, 4)
    for (let round = 0; round < 100; round++) drive.answers(2, 1).answers(1, 50)
    expect(drive.adaptive.limit).toBeGreaterThan(81)
  })
})

describe('a refusal for overload', () => {
  test('takes three tenths at once', () => {
    const drive = new Drive()
    drive.adaptive.overloaded(5, 10)
    expect(drive.adaptive.limit).toBe(11)
  })

  test('is the same news from every attempt sent before the limit fell', () => {
    const drive = new Drive()
    drive.adaptive.overloaded(5, 10)
    for (let startedMs = 0; startedMs < 10; startedMs++) drive.adaptive.overloaded(startedMs, 11)
    expect(drive.adaptive.limit).toBe(11)
    drive.adaptive.overloaded(10, 12)
    expect(drive.adaptive.limit).toBe(7)
  })
})

test('answers of attempts sent before the last change are not judged', () => {
  const drive = new Drive()
  steps(drive, 1, 1)
  const { nowMs } = drive
  for (let answer = 0; answer < 30; answer++)
    drive.adaptive.observe({ kind: 'm', slowness: 9, startedMs: nowMs - 1, nowMs: nowMs + answer, inFlight: 24 })
  expect(drive.adaptive.limit).toBe(24)
})

test('nor are those that came before it', () => {
  const drive = new Drive()
  steps(drive, 1, 1)
  drive.answers(19, 9)
  drive.adaptive.overloaded(drive.nowMs, drive.nowMs)
  const { limit } = drive.adaptive
  expect(drive.answers(limit - 1, 9).adaptive.limit).toBe(limit)
})

test('each kind of call is compared with itself', () => {
  const drive = new Drive()
  for (let answer = 0; answer < 200; answer++) {
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

describe('the best is learned anew', () => {
  test('when half the calls made it no better: the server has changed, and gets its limit back', () => {
    const drive = new Drive()
    steps(drive, 1, 4) // to 81
    expect(steps(drive, 10, 7)).toEqual([72, 64, 57, 51, 45, 40, 81])
    expect(steps(drive, 10, 1)).toEqual([90])
  })

  test('but not when half the calls were a help', () => {
    const drive = new Drive()
    steps(drive, 1, 4)
    steps(drive, 10, 6) // to 40
    expect(steps(drive, 6, 2)).toEqual([36, 32])
  })

  test('when half was a help and half of that was none', () => {
    const drive = new Drive()
    steps(drive, 1, 4)
    steps(drive, 10, 6) // to 40
    expect(steps(drive, 6, 7)).toEqual([36, 32, 28, 25, 22, 19, 40])
  })

  test('at the lowest limit, where no call waits for another', () => {
    const drive = new Drive().answers(16, 1)
    for (let blow = 0; blow < 50; blow++) drive.adaptive.overloaded(drive.nowMs, drive.nowMs++)
    expect(drive.answers(5, 10).adaptive.limit).toBe(1)
    expect(drive.answers(5, 10).adaptive.limit).toBe(2)
  })

  test('at half the limit when it was not seen for ten minutes', () => {
    const drive = new Drive()
    steps(drive, 1, 4) // to 81
    const seen = steps(drive, 2, 60)
    const probe = seen.findIndex((limit, index) => index > 0 && limit < seen[index - 1]!)
    expect(seen[probe]).toBe(seen[probe - 1]! >> 1)
    expect(seen[probe + 1]).toBe(seen[probe - 1])
  })
})

test('whatever happens the limit is a whole number from 1 to 4096', () => {
  const event = fc.record({
    slowness: fc.double({ min: 0, max: 1e6, noNaN: true }),
    count: fc.integer({ min: 1, max: 30 }),
    refuses: fc.boolean(),
  })
  fc.assert(
    fc.property(fc.array(event, { maxLength: 100 }), (events) => {
      const drive = new Drive()
      for (const { slowness, count, refuses } of events) {
        drive.answers(count, slowness)
        if (refuses) drive.adaptive.overloaded(drive.nowMs, drive.nowMs)
        const { limit } = drive.adaptive
        expect(Number.isInteger(limit) && limit >= 1 && limit <= 4096).toBe(true)
      }
    }),
    runs(),
  )
})
