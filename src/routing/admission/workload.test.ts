import { describe, expect, test } from 'bun:test'
import { Workload } from './workload.ts'

const ask = (promptTokens: number, maxOutput?: number) => ({ promptTokens, maxOutput })

describe('what a call costs', () => {
  test.each<[string, ReturnType<typeof ask>, outputs: number[], number]>([
    ['its prompt and twice an answer of 256 tokens', ask(100), [], 612],
    ['no more output than it allows', ask(100, 10), [], 120],
    ['no more output than is usual', ask(100, 10_000), [], 612],
    ['nothing but its prompt where there is no output', ask(100, 0), [], 100],
    ['less when answers turn out to be short', ask(100), [56], 100 + 2 * 252],
  ])('%s', (_title, demand, outputs, cost) => {
    const workload = new Workload()
    for (const output of outputs) workload.ended(ask(0), 1, output)
    expect(workload.cost(demand)).toBeCloseTo(cost, 9)
  })
})

describe('how long it takes', () => {
  /** Calls of 120 tokens that take two seconds. */
  const workload = new Workload()
  for (let call = 0; call < 20; call++) workload.ended(ask(100, 10), 2000, undefined)

  test.each<[string, number, number, number | undefined]>([
    ['until the next of four places is free', 0, 4, 500],
    ['until the third of four is', 240, 4, 1500],
    ['with one place one after the other', 240, 1, 6000],
    ['nobody knows without a place', 240, 0, undefined],
  ])('%s', (_title, ahead, places, expected) => {
    const waitMs = workload.waitMs(ahead, places)
    if (expected === undefined) expect(waitMs).toBeUndefined()
    else expect(waitMs).toBeCloseTo(expected, 6)
  })

  test('nobody knows before the first call has ended', () => expect(new Workload().waitMs(100, 1)).toBeUndefined())
})
