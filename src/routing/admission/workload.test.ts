import { describe, expect, test } from 'bun:test'
import { Workload } from './workload.ts'

const work = (promptTokens: number, maxOutput?: number) => ({ promptTokens, maxOutput })

describe('the cost of a call', () => {
  test.each<[string, ReturnType<typeof work>, outputs: number[], number]>([
    ['is its prompt and twice an output of 256 tokens', work(100), [], 612],
    ['counts no more output than its limit', work(100, 10), [], 120],
    ['counts no more output than the average', work(100, 10_000), [], 612],
    ['is its prompt alone if it has no output', work(100, 0), [], 100],
    ['is lower after short outputs', work(100), [56], 100 + 2 * 252],
  ])('%s', (_title, expected, outputs, cost) => {
    const workload = new Workload()
    for (const output of outputs) workload.ended(work(0), 1, output)
    expect(workload.cost(expected)).toBeCloseTo(cost, 9)
  })
})

describe('the expected wait', () => {
  /** Calls of 120 tokens that take two seconds. */
  const workload = new Workload()
  for (let call = 0; call < 20; call++) workload.ended(work(100, 10), 2000, undefined)

  test.each<[string, number, number, number | undefined]>([
    ['is the time until the next of four slots is free', 0, 4, 500],
    ['is the time until the third of four slots is free', 240, 4, 1500],
    ['with one slot is sequential', 240, 1, 6000],
    ['is unknown without a slot', 240, 0, undefined],
  ])('%s', (_title, ahead, slots, expected) => {
    const waitMs = workload.expectedWaitMs(ahead, slots)
    if (expected === undefined) expect(waitMs).toBeUndefined()
    else expect(waitMs).toBeCloseTo(expected, 6)
  })

  test('is unknown before the first call has ended', () =>
    expect(new Workload().expectedWaitMs(100, 1)).toBeUndefined())
})
