import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { snapshotFrom } from '../../../test/parts.ts'
import { GatewayError } from '../../errors.ts'
import { AttemptHealth } from '../health/attempt-health.ts'
import { pick } from '../pool.ts'
import type { Pool } from '../pool.ts'
import type { Candidate } from '../endpoint.ts'
import { PRIORITIES, type Priority } from './priority.ts'
import { wakeWaiters } from './wake-waiters.ts'
import type { Outcome, Waiter } from './waiter.ts'

interface Facts {
  readonly caller?: string
  readonly priority?: Priority
  readonly cost?: number
  readonly bytes?: number
  readonly maxWaitMs?: number
  readonly tried?: readonly Candidate[]
}

/** A pool of endpoints with one place each, all of them taken, and what came of those who waited there. */
class Room {
  readonly pool: Pool
  readonly waiters = new Map<string, Waiter>()
  /** In order: `a in`, `b full`. */
  readonly log: string[] = []
  readonly outcomes = new Map<string, Outcome>()
  nowMs = 0

  constructor(admission: object = {}, endpoints = 1, pool?: Pool) {
    this.pool = pool ?? poolsOf(admission, endpoints)[0]!
    for (const { endpoint } of this.pool.candidates) endpoint.inFlight = 1
  }

  get queue() {
    return this.pool.queue
  }

  enter(name: string, facts: Facts = {}): this {
    const { caller = 'c', priority = 'normal', cost = 100, bytes = 1, maxWaitMs = Infinity, tried } = facts
    const waiter: Waiter = {
      caller,
      priority,
      cost,
      bytes,
      maxWaitMs,
      isRetry: tried !== undefined,
      choose: () => {
        const picked = pick(this.pool, tried ?? [], { promptTokens: 1, nowMs: this.nowMs }, () => 0)
        return picked.type === 'picked' ? picked.candidate : undefined
      },
      settle: (outcome) => {
        this.log.push(`${name} ${outcome.type === 'admitted' ? 'in' : outcome.reason}`)
        this.outcomes.set(name, outcome)
      },
    }
    this.waiters.set(name, waiter)
    this.queue.enter(waiter, this.nowMs)
    return this
  }

  /** The attempt at this endpoint ends. */
  free(index = 0): this {
    const { endpoint } = this.pool.candidates[index]!
    if (endpoint.inFlight > 0) endpoint.inFlight--
    wakeWaiters(endpoint, this.nowMs)
    return this
  }

  /** Attempts end until nobody waits; who came in, in order. */
  drain(): string {
    const from = this.log.length
    for (let round = 0; this.queue.size > 0 && round < 1000; round++) this.free(round % this.pool.candidates.length)
    return this.log.slice(from).join(', ')
  }

  at(nowMs: number): this {
    this.nowMs = nowMs
    this.queue.check(nowMs)
    return this
  }
}

/** Pools of models that share their endpoints. */
function poolsOf(admission: object, endpoints: number, models = 1): Pool[] {
  const urls = Array.from({ length: endpoints }, (_, index) => `http://10.0.0.${index}`)
  const names = Array.from({ length: models }, (_, index) => `m${index}`)
  const { table } = snapshotFrom({
    providers: { gpu: { type: 'vllm', endpoints: urls, maxConcurrency: 1 } },
    models: Object.fromEntries(names.map((name) => [name, { targets: [`gpu/${name}`], admission }])),
  })
  return names.map((name) => table.find(name)!.model.pools.chat!)
}

describe('the order', () => {
  test('is that of arrival for one caller', () => {
    const room = new Room().enter('a').enter('b').enter('c')
    expect(room.drain()).toBe('a in, b in, c in')
  })

  test('is first that of the bands', () => {
    const room = new Room().enter('l', { priority: 'low' }).enter('n').enter('h', { priority: 'high' })
    expect(room.drain()).toBe('h in, n in, l in')
  })

  test('gives callers turns inside a band', () => {
    const room = new Room()
    for (const name of ['a1', 'a2', 'a3', 'b1', 'b2']) room.enter(name, { caller: name[0]!, cost: 8192 })
    expect(room.drain()).toBe('a1 in, b1 in, a2 in, b2 in, a3 in')
  })

  test('lets those who come back after a failure go first in their band', () => {
    const room = new Room({}, 2)
    room
      .enter('a')
      .enter('h', { priority: 'high' })
      .enter('again', { tried: [room.pool.candidates[0]!] })
    expect(room.free(1).log).toEqual(['h in'])
    expect(room.free(1).log).toEqual(['h in', 'again in'])
  })

  test('passes over one that has tried the endpoint that is free', () => {
    const room = new Room({}, 2)
    room.enter('a').enter('again', { tried: [room.pool.candidates[0]!] })
    expect(room.free(0).log).toEqual(['a in'])
    expect(room.free(1).log).toEqual(['a in', 'again in'])
  })
})

describe('room', () => {
  test('is taken for who gets it: a newcomer finds none', () => {
    const room = new Room().enter('a').free()
    expect(room.log).toEqual(['a in'])
    expect(room.pool.candidates[0]!.endpoint.inFlight).toBe(1)
  })

  test('that appeared without an end is found by the next look', () => {
    const room = new Room().enter('a').enter('b')
    room.pool.candidates[0]!.endpoint.maxConcurrency = 3
    expect(room.at(50).log).toEqual(['a in', 'b in'])
    expect(room.queue.check(51)).toBe(true)
  })

  test('that appeared without an end is not for a newcomer', () => {
    const room = new Room().enter('a')
    room.pool.candidates[0]!.endpoint.maxConcurrency = 2
    expect(room.enter('b').log).toEqual(['a in'])
  })

  test('of an endpoint that has just rested goes to one call: the others see first what becomes of it', () => {
    const room = new Room({}, 2)
    const [candidate] = room.pool.candidates
    const { endpoint } = candidate!
    const broken = new GatewayError('upstream_reset', 'Broken.')
    for (let failure = 0; failure < 5; failure++) new AttemptHealth(candidate!, 1, 0).failed(broken, 0)
    endpoint.maxConcurrency = 9
    expect(room.enter('a').enter('b').enter('c').at(1).log).toEqual([])
    expect(room.at(10_000).at(10_050).log).toEqual(['a in'])
    endpoint.release()
    const probe = new AttemptHealth(candidate!, 1, 10_050)
    expect(room.at(10_100).log).toEqual(['a in'])
    probe.completed(10_120)
    expect(room.at(10_150).log).toContain('b in')
  })

  test('of an endpoint of two pools goes to them in turn, to the higher band first', () => {
    const [left, right] = poolsOf({}, 1, 2).map((pool) => new Room({}, 1, pool))
    const log: string[] = []
    for (const room of [left!, right!]) Object.assign(room, { log })
    left!.enter('l1').enter('l2').enter('l3')
    right!.enter('r1').enter('r2').enter('rh', { priority: 'high' })
    for (let round = 0; round < 6; round++) left!.free()
    expect(log.map((line) => line.slice(0, 2))).toEqual(['rh', 'l1', 'r1', 'l2', 'r2', 'l3'])
    expect(left!.pool.candidates[0]!.endpoint.waiting.size).toBe(0)
  })
})

describe('a bounded queue', () => {
  test('refuses at once when it is off', () => expect(new Room({ maxQueued: 0 }).enter('a').log).toEqual(['a off']))

  test('refuses who comes when it is full', () => {
    const room = new Room({ maxQueued: 2 }).enter('a').enter('b').enter('c')
    expect(room.log).toEqual(['c full'])
    expect(room.queue.size).toBe(2)
  })

  test('counts bytes too', () => {
    const room = new Room({ maxBytes: 100 })
      .enter('a', { bytes: 60 })
      .enter('b', { bytes: 60 })
      .enter('c', { bytes: 40 })
    expect([room.log, room.queue.bytes]).toEqual([['b bytes'], 100])
    expect(room.enter('d', { bytes: 101, priority: 'high' }).log).toEqual(['b bytes', 'd bytes'])
  })

  test('gives the place of the newest of the lowest band to a higher one', () => {
    const room = new Room({ maxQueued: 3 }).enter('l1', { priority: 'low' }).enter('l2', { priority: 'low' }).enter('n')
    room.enter('h1', { priority: 'high' }).enter('h2', { priority: 'high' }).enter('h3', { priority: 'high' })
    expect(room.log).toEqual(['l2 displaced', 'l1 displaced', 'n displaced'])
    expect(room.enter('h4', { priority: 'high' }).log).toEqual([
      'l2 displaced',
      'l1 displaced',
      'n displaced',
      'h4 full',
    ])
  })

  test('gives the place of who has most of it to who has little', () => {
    const room = new Room({ maxQueued: 4 })
    for (const name of ['a1', 'a2', 'a3', 'a4', 'b1', 'b2', 'b3']) room.enter(name, { caller: name[0]! })
    expect(room.log).toEqual(['a4 displaced', 'a3 displaced', 'b3 full'])
  })
})

describe('time', () => {
  /** Calls of 100 tokens hold the place for 10 s. */
  function known(admission: object = {}): Room {
    const room = new Room(admission)
    for (let call = 0; call < 50; call++) room.queue.workload.ended({ promptTokens: 100, maxOutput: 0 }, 10_000, 0)
    return room
  }

  test('who would wait longer than allowed is told so at once, and when to come back', () => {
    const room = known({ maxWait: '50s' }).enter('a').enter('b').enter('c')
    expect(room.log).toEqual(['c wait'])
    expect(room.outcomes.get('c')).toMatchObject({ retryAfterMs: expect.closeTo(30_000, 3), waitedMs: 0 })
  })

  test('who has less time than that is told so earlier', () => {
    const room = known().enter('a').enter('b', { maxWaitMs: 30_000 }).enter('c', { maxWaitMs: 90_000 })
    expect(room.log).toEqual(['b wait'])
  })

  test('lower bands do not count for the wait', () => {
    const room = known({ maxWait: '50s' })
    for (const name of ['a', 'b', 'c']) room.enter(name, { priority: 'low' })
    expect(room.enter('h', { priority: 'high' }).log).toEqual(['c wait'])
  })

  test('neither does the long line of another caller, beyond equal turns', () => {
    const room = known({ maxWait: '70s' })
    for (const name of ['a1', 'a2', 'a3', 'a4', 'b1', 'b2']) room.enter(name, { caller: name[0]! })
    expect(room.log).toEqual(['a4 wait', 'b2 wait'])
  })

  test('of a place that two pools wait for each counts on half', () => {
    const [left, right] = poolsOf({ maxWait: '50s' }, 1, 2).map((pool) => new Room({}, 1, pool))
    const demand = { promptTokens: 100, maxOutput: 0 }
    for (let call = 0; call < 50; call++) right!.queue.workload.ended(demand, 10_000, 0)
    left!.enter('l')
    expect(right!.enter('r1').enter('r2').log).toEqual(['r2 wait']) // alone it would be 20 s
  })

  test('higher bands count for the wait as far as they have come lately', () => {
    const room = known({ maxWait: '50s' })
    for (let call = 0; call < 200; call++) room.enter(`h${call}`, { priority: call % 2 ? 'high' : 'low' }).free()
    room.enter('n').enter('n2').enter('h', { priority: 'high' })
    expect(room.log.slice(200)).toEqual(['n2 wait']) // 40 s with half of the places, 20 with all
  })

  test('who was let in before is not refused for a long wait', () => {
    const room = known({ maxWait: '50s' }).enter('a').enter('b').enter('again', { tried: [] })
    expect(room.log).toEqual([])
  })

  test('who has waited as long as allowed is refused', () => {
    const room = new Room({ maxWait: '10s' }).enter('a').at(9_999).enter('b')
    expect(room.log).toEqual([])
    expect(room.at(10_000).log).toEqual(['a expired'])
  })

  test('who has waited half of that moves up one band, once', () => {
    const room = new Room({ maxWait: '10s' }).enter('l', { priority: 'low' }).at(1).enter('n').at(5000)
    room.enter('h', { priority: 'high' }).at(5000)
    expect(room.drain()).toBe('h in, l in, n in')
  })

  test('who has moved up is not the first to be pushed out', () => {
    const room = new Room({ maxWait: '10s', maxQueued: 2 }).enter('l', { priority: 'low' }).at(5000)
    room.enter('l2', { priority: 'low' }).enter('h', { priority: 'high' })
    expect(room.log).toEqual(['l2 displaced'])
  })
})

test('who leaves is gone at once', () => {
  const room = new Room().enter('a').enter('b')
  room.queue.leave(room.waiters.get('a')!)
  room.queue.leave(room.waiters.get('a')!)
  expect([room.queue.size, room.queue.bytes]).toEqual([1, 1])
  expect(room.drain()).toBe('b in')
})

describe('whatever happens', () => {
  const action = fc.oneof(
    {
      weight: 5,
      arbitrary: fc.record({
        type: fc.constant('enter' as const),
        caller: fc.constantFrom('a', 'b', 'c'),
        priority: fc.constantFrom(...PRIORITIES),
        cost: fc.integer({ min: 1, max: 20_000 }),
        bytes: fc.integer({ min: 0, max: 60 }),
        maxWaitMs: fc.constantFrom(500, 2000, Infinity),
        hasTried: fc.option(fc.nat(2), { nil: undefined }),
      }),
    },
    { weight: 4, arbitrary: fc.record({ type: fc.constant('free' as const), index: fc.nat(2) }) },
    { weight: 1, arbitrary: fc.record({ type: fc.constant('leave' as const), index: fc.nat(200) }) },
    { weight: 1, arbitrary: fc.record({ type: fc.constant('wait' as const), ms: fc.integer({ min: 1, max: 900 }) }) },
  )

  test('nobody is lost or settled twice, bounds hold, and nobody waits while there is room', () => {
    fc.assert(
      fc.property(fc.array(action, { maxLength: 150 }), (actions) => {
        const room = new Room({ maxQueued: 6, maxBytes: 200, maxWait: '1s' }, 3)
        const left = new Set<string>()
        for (const [index, act] of actions.entries()) {
          const name = `w${index}`
          if (act.type === 'enter') {
            const { hasTried, ...facts } = act
            const tried = hasTried === undefined ? undefined : [room.pool.candidates[hasTried]!]
            if (pick(room.pool, tried ?? [], { promptTokens: 1, nowMs: 0 }, () => 0).type === 'picked') continue
            room.enter(name, tried ? { ...facts, tried } : facts)
          } else if (act.type === 'free') room.free(act.index)
          else if (act.type === 'wait') room.at(room.nowMs + act.ms)
          else {
            const waiting = [...room.waiters.keys()].filter((each) => !room.outcomes.has(each) && !left.has(each))
            const leaver = waiting[act.index % Math.max(1, waiting.length)]
            if (leaver === undefined) continue
            room.queue.leave(room.waiters.get(leaver)!)
            left.add(leaver)
          }
          check(room, left)
        }
        room.at(room.nowMs + 10_000)
        expect(room.queue.size).toBe(0)
        expect(room.outcomes.size + left.size).toBe(room.waiters.size)
        for (const { endpoint } of room.pool.candidates) expect(endpoint.waiting.size).toBe(0)
      }),
    )
  })

  function check(room: Room, left: ReadonlySet<string>): void {
    const { queue, outcomes, log, waiters } = room
    expect(log.length).toBe(outcomes.size) // nobody twice
    expect(queue.size).toBe(waiters.size - outcomes.size - left.size)
    expect(queue.size <= 6 && queue.bytes <= 200).toBe(true)
    for (const [name, waiter] of waiters)
      if (!outcomes.has(name) && !left.has(name)) expect(waiter.choose()).toBeUndefined()
  }

  test('a lower band gets nothing while a higher one waits', () => {
    const arrivals = fc.array(fc.constantFrom(...PRIORITIES), { minLength: 1, maxLength: 30 })
    fc.assert(
      fc.property(arrivals, (priorities) => {
        const room = new Room()
        for (const [index, priority] of priorities.entries()) room.enter(`${priority} ${index}`, { priority })
        const served = room.drain().split(', ')
        const bands = served.map((line) => PRIORITIES.indexOf(line.split(' ')[0] as Priority))
        expect(bands).toEqual(bands.toSorted())
      }),
    )
  })
})
