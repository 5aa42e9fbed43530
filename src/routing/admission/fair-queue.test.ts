import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { FairQueue, type Job } from './fair-queue.ts'
import { runs } from '../../../test/runs.ts'

let order = 0
const job = (caller: string, cost: number, at = order++): Job => ({ caller, cost, order: at })

/** Serves up to `count` jobs and returns them. */
function serve(queue: FairQueue<Job>, count = Infinity): Job[] {
  const served: Job[] = []
  while (served.length < count) {
    const next = queue.next()
    if (!next) break
    queue.charge(next)
    queue.remove(next)
    served.push(next)
  }
  return served
}

const namesOf = (jobs: readonly Job[]) => jobs.map(({ caller, cost }) => `${caller}${cost}`).join(' ')

describe('the order, with 10 tokens a round', () => {
  test.each<[string, [caller: string, cost: number][], string]>([
    ['an empty queue has no next job', [], ''],
    [
      'a client without tokens left waits for clients with tokens',
      [
        ['a', 9],
        ['a', 9],
        ['b', 2],
        ['b', 3],
        ['b', 4],
      ],
      'a9 b2 b3 b4 a9',
    ],
    [
      'a single client is served in order',
      [
        ['a', 3],
        ['a', 50],
        ['a', 1],
      ],
      'a3 a50 a1',
    ],
    [
      'equal clients take turns',
      [
        ['a', 10],
        ['a', 10],
        ['b', 10],
        ['b', 10],
      ],
      'a10 b10 a10 b10',
    ],
    [
      'the next client follows after each job',
      [
        ['a', 4],
        ['a', 5],
        ['a', 6],
        ['b', 10],
      ],
      'a4 b10 a5 a6',
    ],
    [
      'a large job waits for as many rounds as it costs',
      [
        ['a', 30],
        ['b', 10],
        ['b', 10],
        ['b', 10],
      ],
      'b10 b10 a30 b10',
    ],
    [
      'a new client comes after the others',
      [
        ['a', 5],
        ['b', 5],
        ['c', 5],
        ['a', 5],
      ],
      'a5 b5 c5 a5',
    ],
  ])('%s', (_title, jobs, expected) => {
    const queue = new FairQueue<Job>(10)
    for (const [caller, cost] of jobs) queue.add(job(caller, cost))
    expect(namesOf(serve(queue))).toBe(expected)
    expect([queue.size, queue.work]).toEqual([0, 0])
  })

  test('a job that is older than the queued ones of its client comes before them', () => {
    const queue = new FairQueue<Job>(10)
    for (const each of [job('a', 1, 5), job('a', 2, 7), job('a', 3, 6)]) queue.add(each)
    expect(namesOf(serve(queue))).toBe('a1 a3 a2')
  })

  test('a client saves no tokens while it has no jobs', () => {
    const queue = new FairQueue<Job>(10)
    queue.add(job('a', 1))
    serve(queue)
    for (const each of [job('a', 10), job('a', 10), job('b', 10)]) queue.add(each)
    expect(namesOf(serve(queue))).toBe('a10 b10 a10')
  })
})

test('a client that leaves while it waits for the next round is forgotten', () => {
  const queue = new FairQueue<Job>(10)
  const [large, small] = [job('a', 30), job('b', 1)]
  for (const each of [large, small, job('b', 2)]) queue.add(each)
  expect(queue.next()).toBe(small)
  expect([queue.remove(large), queue.remove(large)]).toEqual([true, false])
  expect(namesOf(serve(queue))).toBe('b1 b2')
  queue.add(job('c', 50))
  expect(namesOf(serve(queue))).toBe('c50')
})

describe('excess and work before', () => {
  const queue = new FairQueue<Job>(10)
  for (const each of [job('a', 5), job('b', 7), job('a', 6), job('c', 1)]) queue.add(each)

  test.each<[string, number, string | undefined]>([
    ['none, for the client with the most work', 1, undefined],
    ['c', 1, 'a6'],
    ['c', 10, undefined],
    ['b', 3, 'a6'],
    ['b', 4, undefined],
    ['new', 10, 'a6'],
    ['new', 11, undefined],
  ])('the excess for %s with %d more', (caller, cost, expected) => {
    const excess = queue.excess(caller.startsWith('none') ? 'a' : caller, cost)
    expect(excess && namesOf([excess])).toBe(expected)
  })

  test.each<[string, number, number]>([
    ['new', 4, 4 + 4 + 1],
    ['a', 3, 11 + 7 + 1],
    ['c', 5, 1 + 6 + 6],
  ])('a job of %s with cost %d waits for %d tokens', (caller, cost, before) =>
    expect(queue.workBefore(caller, cost)).toBe(before),
  )

  test('the newest of all', () => expect(namesOf([queue.newest()!])).toBe('c1'))
})

const jobsOf = fc.array(fc.record({ caller: fc.constantFrom('a', 'b', 'c'), cost: fc.integer({ min: 1, max: 40 }) }), {
  maxLength: 60,
})

test('every job is served once, and those of a client in order', () => {
  fc.assert(
    fc.property(jobsOf, (rows) => {
      const queue = new FairQueue<Job>(10)
      const jobs = rows.map(({ caller, cost }, index) => job(caller, cost, index))
      for (const each of jobs) queue.add(each)
      const served = serve(queue)
      expect(served.toSorted((a, b) => a.order - b.order)).toEqual(jobs)
      for (const caller of ['a', 'b', 'c']) {
        const orders = served.filter((each) => each.caller === caller).map(({ order }) => order)
        expect(orders).toEqual(orders.toSorted((a, b) => a - b))
      }
    }),
    runs(),
  )
})

test('two clients with constant work never differ by more than a round and a job', () => {
  const costs = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 30, maxLength: 30 })
  fc.assert(
    fc.property(costs, costs, (left, right) => {
      const queue = new FairQueue<Job>(10)
      for (const cost of left) queue.add(job('a', cost))
      for (const cost of right) queue.add(job('b', cost))
      const done = { a: 0, b: 0 } as Record<string, number>
      const here = { a: 30, b: 30 } as Record<string, number>
      while (here['a']! > 0 && here['b']! > 0) {
        const [next] = serve(queue, 1)
        done[next!.caller]! += next!.cost
        here[next!.caller]!--
        expect(Math.abs(done['a']! - done['b']!)).toBeLessThanOrEqual(10 + 40)
      }
    }),
    runs(),
  )
})
