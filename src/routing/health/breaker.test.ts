import { describe, expect, test } from 'bun:test'
import { Breaker } from './breaker.ts'

/** Always draws the middle, so that there is no jitter. */
const middle = () => 0.5
const create = (random = middle) => new Breaker(random)

/** This number of attempts, each started and failed at `nowMs`. */
function fail(breaker: Breaker, times: number, nowMs: number): void {
  for (let time = 0; time < times; time++) {
    breaker.began(nowMs)
    breaker.failed(nowMs, nowMs)
  }
}
function succeed(breaker: Breaker, nowMs: number): void {
  breaker.began(nowMs)
  breaker.answered(nowMs, nowMs)
  breaker.completed(nowMs, nowMs, true)
}
function breakStreams(breaker: Breaker, times: number, nowMs: number): void {
  for (let time = 0; time < times; time++) {
    breaker.began(nowMs)
    breaker.answered(nowMs, nowMs)
    breaker.streamBroke(nowMs, nowMs)
  }
}

describe('the breaker opens', () => {
  test.each<[string, (breaker: Breaker) => void, string]>([
    ['not after four failures', (breaker) => fail(breaker, 4, 0), 'closed'],
    ['after five in a row', (breaker) => fail(breaker, 5, 0), 'open'],
    [
      'not if a success is in between',
      (breaker) => {
        fail(breaker, 4, 0)
        succeed(breaker, 0)
        fail(breaker, 4, 0)
      },
      'closed',
    ],
    [
      'if more than half of twenty failed',
      (breaker) => {
        for (let round = 0; round < 9; round++) {
          succeed(breaker, 0)
          fail(breaker, 1, 0)
        }
        fail(breaker, 2, 0)
      },
      'open',
    ],
    [
      'not if half of twenty failed',
      (breaker) => {
        for (let round = 0; round < 10; round++) {
          succeed(breaker, 0)
          fail(breaker, 1, 0)
        }
      },
      'closed',
    ],
    ['not after nine broken streams', (breaker) => breakStreams(breaker, 9, 0), 'closed'],
    [
      'not if complete streams are in between',
      (breaker) => {
        breakStreams(breaker, 9, 0)
        for (let time = 0; time < 20; time++) succeed(breaker, 0)
        breakStreams(breaker, 9, 0)
      },
      'closed',
    ],
    ['after ten broken streams', (breaker) => breakStreams(breaker, 10, 0), 'open'],
    [
      'if more than half of twenty streams broke',
      (breaker) => {
        for (let round = 0; round < 9; round++) {
          succeed(breaker, 0)
          breakStreams(breaker, 1, 0)
        }
        breakStreams(breaker, 2, 0)
      },
      'open',
    ],
  ])('%s', (_title, scenario, expected) => {
    const breaker = create()
    scenario(breaker)
    expect(breaker.state(0)).toBe(expected as 'open')
  })

  test('not for the only endpoint of a pool', () => {
    const breaker = create()
    breaker.mayOpen = false
    fail(breaker, 100, 0)
    expect(breaker.state(0)).toBe('closed')
  })

  test('after the configured number of failures, for the configured time', () => {
    const breaker = create()
    breaker.limits = { failures: 2, openMs: 100 }
    fail(breaker, 2, 0)
    expect([breaker.state(99), breaker.state(100)]).toEqual(['open', 'half-open'])
  })
})

describe('when it is half-open', () => {
  test('one attempt is the probe, and the others wait for its result', () => {
    const breaker = create()
    fail(breaker, 5, 0)
    breaker.began(5000)
    expect(breaker.state(5001)).toBe('probing')
    breaker.answered(5000, 5100)
    expect(breaker.state(5100)).toBe('closed')
  })

  test.each<[string, (breaker: Breaker) => void, string]>([
    ['a response closes it', (breaker) => breaker.answered(5000, 5100), 'closed'],
    ['a failure opens it again', (breaker) => breaker.failed(5000, 5100), 'open'],
    [
      'a probe without a result lets another attempt be the probe',
      (breaker) => breaker.inconclusive(5000),
      'half-open',
    ],
    ['another attempt without a result does not', (breaker) => breaker.inconclusive(4000), 'probing'],
    ['an old attempt that fails does not open it', (breaker) => breaker.failed(-1, 5100), 'probing'],
    ['an old attempt that succeeds does not close it', (breaker) => breaker.answered(-1, 5100), 'probing'],
  ])('%s', (_title, scenario, expected) => {
    const breaker = create()
    fail(breaker, 5, 0)
    breaker.began(5000)
    scenario(breaker)
    expect(breaker.state(5100)).toBe(expected as 'open')
  })

  test('a probe that never ends does not block it for ever', () => {
    const breaker = create()
    fail(breaker, 5, 0)
    breaker.began(5000)
    expect([breaker.state(34_999), breaker.state(35_000)]).toEqual(['probing', 'half-open'])
  })

  test('after broken streams only a complete response closes it', () => {
    const breaker = create()
    breakStreams(breaker, 10, 0)
    breaker.began(5000)
    breaker.answered(5000, 5000)
    expect(breaker.state(5000)).toBe('probing')
    breaker.completed(5000, 6000, true)
    expect(breaker.state(6000)).toBe('closed')
  })
})

describe('how long it is open', () => {
  /** Each time the probe fails at once. */
  function openings(count: number, random = middle): number[] {
    const breaker = create(random)
    const lengths: number[] = []
    let nowMs = 0
    for (let turn = 0; turn < count; turn++) {
      fail(breaker, turn === 0 ? 5 : 1, nowMs)
      lengths.push(breaker.untilMs! - nowMs)
      nowMs = breaker.untilMs!
    }
    return lengths
  }

  test('doubles up to 30 s', () => {
    expect(openings(5)).toEqual([5000, 10_000, 20_000, 30_000, 30_000])
  })

  test.each([
    [0, 4000],
    [1, 6000],
  ])('has a jitter of a fifth: a draw of %d gives %d ms', (draw, expected) => {
    expect(openings(1, () => draw)[0]).toBeCloseTo(expected)
  })

  test.each([
    [4 * 60_000, 10_000],
    [6 * 60_000, 5000],
  ])('after %d ms without an opening is %d ms', (quietMs, expected) => {
    const breaker = create()
    fail(breaker, 5, 0)
    succeed(breaker, 5000)
    fail(breaker, 5, 5000 + quietMs)
    expect(breaker.untilMs! - 5000 - quietMs).toBe(expected)
  })
})

describe('the load multiplier', () => {
  test.each<[failures: number, afterMs: number, expected: number]>([
    [0, 0, 1],
    [1, 0, 2],
    [3, 0, 8],
    [3, 10_000, 4],
    [3, 30_000, 1],
    [3, 1e9, 1],
    [100, 0, 64],
  ])('%d failures in a row, %d ms ago: %d', (failures, afterMs, expected) => {
    const breaker = create()
    fail(breaker, failures, 0)
    expect(breaker.loadMultiplier(afterMs)).toBe(expected)
  })

  test('is 1 after a success', () => {
    const breaker = create()
    fail(breaker, 4, 0)
    succeed(breaker, 1)
    expect(breaker.loadMultiplier(1)).toBe(1)
  })
})
