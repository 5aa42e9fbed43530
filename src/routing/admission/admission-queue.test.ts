import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { snapshotFrom } from '../../../test/parts.ts'
import { GatewayError } from '../../errors.ts'
import { AttemptHealth } from '../fleet/attempt-health.ts'
import { pick } from '../pool.ts'
import type { Pool } from '../pool.ts'
import type { Candidate } from '../endpoint.ts'
import { PRIORITIES, type Priority } from './priority.ts'
import { wakeWaiters } from './wake-waiters.ts'
import type { Outcome, Waiter } from './waiter.ts'
import { runs } from '../../../test/runs.ts'

interface Facts {
  readonly caller?: string
  readonly priority?: Priority
  readonly cost?: number
  readonly bytes?: number
  readonly maxWaitMs?: number
  readonly tried?: readonly Candidate[]
}

/** A pool of endpoints with one busy slot each, and the outcomes of the calls that wait there. */
class Scene {
  readonly pool: Pool
  readonly waiters = new Map<string, Waiter<Candidate>>()
  /** In order: `a in` (admitted), `b full` (rejected: full). */
  readonly log: string[] = []
  readonly outcomes = new Map<string, Outcome<Candidate>>()
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
    const waiter: Waiter<Candidate> = {
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

  /** An attempt at this endpoint ends. */
  free(index = 0): this {
    const { endpoint } = this.pool.candidates[index]!
    if (endpoint.inFlight > 0) endpoint.inFlight--
    wakeWaiters(endpoint, this.nowMs)
    return this
  }

  /** Attempts end until no call waits; returns the admitted calls in order. */
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

describe('the order of admission', () => {
  test('is the order of arrival for one client', () => {
    const scene = new Scene().enter('a').enter('b').enter('c')
    expect(scene.drain()).toBe('a in, b in, c in')
  })

  test('is by band first', () => {
    const scene = new Scene().enter('l', { priority: 'low' }).enter('n').enter('h', { priority: 'high' })
    expect(scene.drain()).toBe('h in, n in, l in')
  })

  test('gives clients turns within a band', () => {
    const scene = new Scene()
    for (const name of ['a1', 'a2', 'a3', 'b1', 'b2']) scene.enter(name, { caller: name[0]!, cost: 8192 })
    expect(scene.drain()).toBe('a1 in, b1 in, a2 in, b2 in, a3 in')
  })

  test('puts retries first in their band', () => {
    const scene = new Scene({}, 2)
    scene
      .enter('a')
      .enter('h', { priority: 'high' })
      .enter('again', { tried: [scene.pool.candidates[0]!] })
    expect(scene.free(1).log).toEqual(['h in'])
    expect(scene.free(1).log).toEqual(['h in', 'again in'])
  })

  test('skips a call that has already tried the free endpoint', () => {
    const scene = new Scene({}, 2)
    scene.enter('a').enter('again', { tried: [scene.pool.candidates[0]!] })
    expect(scene.free(0).log).toEqual(['a in'])
    expect(scene.free(1).log).toEqual(['a in', 'again in'])
  })
})

describe('capacity', () => {
  test('is reserved for the admitted call: a new call finds none', () => {
    const scene = new Scene().enter('a').free()
    expect(scene.log).toEqual(['a in'])
    expect(scene.pool.candidates[0]!.endpoint.inFlight).toBe(1)
  })

  test('from a raised limit is found by the next check', () => {
    const scene = new Scene().enter('a').enter('b')
    scene.pool.candidates[0]!.endpoint.maxConcurrency = 3
    expect(scene.at(50).log).toEqual(['a in', 'b in'])
    expect(scene.queue.check(51)).toBe(true)
  })

  test('from a raised limit goes to waiting calls before a new one', () => {
    const scene = new Scene().enter('a')
    scene.pool.candidates[0]!.endpoint.maxConcurrency = 2
    expect(scene.enter('b').log).toEqual(['a in'])
  })

  test('of a half-open endpoint goes to one call: the others wait for its result', () => {
    const scene = new Scene({}, 2)
    const [candidate] = scene.pool.candidates
    const { endpoint } = candidate!
    const broken = new GatewayError('upstream_reset', 'Broken.')
    for (let failure = 0; failure < 5; failure++) new AttemptHealth(candidate!, 1, 0).failed(broken, 0)
    endpoint.maxConcurrency = 9
    expect(scene.enter('a').enter('b').enter('c').at(1).log).toEqual([])
    expect(scene.at(10_000).at(10_050).log).toEqual(['a in'])
    endpoint.release()
    const probe = new AttemptHealth(candidate!, 1, 10_050)
    expect(scene.at(10_100).log).toEqual(['a in'])
    probe.completed(10_120)
    expect(scene.at(10_150).log).toContain('b in')
  })

  test('of an endpoint of two pools goes to the higher band first, then in turn', () => {
    const [left, right] = poolsOf({}, 1, 2).map((pool) => new Scene({}, 1, pool))
    const log: string[] = []
    for (const scene of [left!, right!]) Object.assign(scene, { log })
    left!.enter('l1').enter('l2').enter('l3')
    right!.enter('r1').enter('r2').enter('rh', { priority: 'high' })
    for (let round = 0; round < 6; round++) left!.free()
    expect(log.map((line) => line.slice(0, 2))).toEqual(['rh', 'l1', 'r1', 'l2', 'r2', 'l3'])
    expect(left!.pool.candidates[0]!.endpoint.waiting.size).toBe(0)
  })
})

describe('a bounded queue', () => {
  test('rejects at once if it is disabled', () => expect(new Scene({ maxQueued: 0 }).enter('a').log).toEqual(['a off']))

  test('rejects a new call when it is full', () => {
    const scene = new Scene({ maxQueued: 2 }).enter('a').enter('b').enter('c')
    expect(scene.log).toEqual(['c full'])
    expect(scene.queue.size).toBe(2)
  })

  test('is full by bytes too', () => {
    const scene = new Scene({ maxBytes: 100 })
      .enter('a', { bytes: 60 })
      .enter('b', { bytes: 60 })
      .enter('c', { bytes: 40 })
    expect([scene.log, scene.queue.bytes]).toEqual([['b bytes'], 100])
    expect(scene.enter('d', { bytes: 101, priority: 'high' }).log).toEqual(['b bytes', 'd bytes'])
  })

  test('displaces the newest call of the lowest band for a higher band', () => {
    const scene = new Scene({ maxQueued: 3 })
      .enter('l1', { priority: 'low' })
      .enter('l2', { priority: 'low' })
      .enter('n')
    scene.enter('h1', { priority: 'high' }).enter('h2', { priority: 'high' }).enter('h3', { priority: 'high' })
    expect(scene.log).toEqual(['l2 displaced', 'l1 displaced', 'n displaced'])
    expect(scene.enter('h4', { priority: 'high' }).log).toEqual([
      'l2 displaced',
      'l1 displaced',
      'n displaced',
      'h4 full',
    ])
  })

  test('displaces a call of the client with the most work for a client with little', () => {
    const scene = new Scene({ maxQueued: 4 })
    for (const name of ['a1', 'a2', 'a3', 'a4', 'b1', 'b2', 'b3']) scene.enter(name, { caller: name[0]! })
    expect(scene.log).toEqual(['a4 displaced', 'a3 displaced', 'b3 full'])
  })
})

describe('the wait', () => {
  /** Calls of 100 tokens occupy the slot for 10 s. */
  function withHistory(admission: object = {}): Scene {
    const scene = new Scene(admission)
    for (let call = 0; call < 50; call++) scene.queue.workload.ended({ promptTokens: 100, maxOutput: 0 }, 10_000, 0)
    return scene
  }

  test('rejects a call with too long an expected wait at once, with retry-after', () => {
    const scene = withHistory({ maxWait: '50s' }).enter('a').enter('b').enter('c')
    expect(scene.log).toEqual(['c wait'])
    expect(scene.outcomes.get('c')).toMatchObject({ retryAfterMs: expect.closeTo(30_000, 3), waitedMs: 0 })
  })

  test('counts the shorter time that a client waits', () => {
    const scene = withHistory().enter('a').enter('b', { maxWaitMs: 30_000 }).enter('c', { maxWaitMs: 90_000 })
    expect(scene.log).toEqual(['b wait'])
  })

  test('does not count lower bands', () => {
    const scene = withHistory({ maxWait: '50s' })
    for (const name of ['a', 'b', 'c']) scene.enter(name, { priority: 'low' })
    expect(scene.enter('h', { priority: 'high' }).log).toEqual(['c wait'])
  })

  test('counts the calls of another client only up to equal turns', () => {
    const scene = withHistory({ maxWait: '70s' })
    for (const name of ['a1', 'a2', 'a3', 'a4', 'b1', 'b2']) scene.enter(name, { caller: name[0]! })
    expect(scene.log).toEqual(['a4 wait', 'b2 wait'])
  })

  test('counts half of a slot that two pools wait for', () => {
    const [left, right] = poolsOf({ maxWait: '50s' }, 1, 2).map((pool) => new Scene({}, 1, pool))
    const work = { promptTokens: 100, maxOutput: 0 }
    for (let call = 0; call < 50; call++) right!.queue.workload.ended(work, 10_000, 0)
    left!.enter('l')
    expect(right!.enter('r1').enter('r2').log).toEqual(['r2 wait']) // alone it would be 20 s
  })

  test('counts higher bands by their share in recent admissions', () => {
    const scene = withHistory({ maxWait: '50s' })
    for (let call = 0; call < 200; call++) scene.enter(`h${call}`, { priority: call % 2 ? 'high' : 'low' }).free()
    scene.enter('n').enter('n2').enter('h', { priority: 'high' })
    expect(scene.log.slice(200)).toEqual(['n2 wait']) // 40 s with half of the slots, 20 s with all
  })

  test('does not reject a retry for a long expected wait', () => {
    const scene = withHistory({ maxWait: '50s' }).enter('a').enter('b').enter('again', { tried: [] })
    expect(scene.log).toEqual([])
  })

  test('rejects a call that has waited as long as allowed', () => {
    const scene = new Scene({ maxWait: '10s' }).enter('a').at(9_999).enter('b')
    expect(scene.log).toEqual([])
    expect(scene.at(10_000).log).toEqual(['a expired'])
  })

  test('promotes a call that has waited half of that by one band, once', () => {
    const scene = new Scene({ maxWait: '10s' }).enter('l', { priority: 'low' }).at(1).enter('n').at(5000)
    scene.enter('h', { priority: 'high' }).at(5000)
    expect(scene.drain()).toBe('h in, l in, n in')
  })

  test('does not displace a promoted call first', () => {
    const scene = new Scene({ maxWait: '10s', maxQueued: 2 }).enter('l', { priority: 'low' }).at(5000)
    scene.enter('l2', { priority: 'low' }).enter('h', { priority: 'high' })
    expect(scene.log).toEqual(['l2 displaced'])
  })
})

test('a call that leaves is removed at once', () => {
  const scene = new Scene().enter('a').enter('b')
  scene.queue.leave(scene.waiters.get('a')!)
  scene.queue.leave(scene.waiters.get('a')!)
  expect([scene.queue.size, scene.queue.bytes]).toEqual([1, 1])
  expect(scene.drain()).toBe('b in')
})

describe('in any order of events', () => {
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

  test('no call is lost or settled twice, bounds hold, and no call waits while there is capacity', () => {
    fc.assert(
      fc.property(fc.array(action, { maxLength: 150 }), (actions) => {
        const scene = new Scene({ maxQueued: 6, maxBytes: 200, maxWait: '1s' }, 3)
        const left = new Set<string>()
        for (const [index, act] of actions.entries()) {
          const name = `w${index}`
          if (act.type === 'enter') {
            const { hasTried, ...facts } = act
            const tried = hasTried === undefined ? undefined : [scene.pool.candidates[hasTried]!]
            if (pick(scene.pool, tried ?? [], { promptTokens: 1, nowMs: 0 }, () => 0).type === 'picked') continue
            scene.enter(name, tried ? { ...facts, tried } : facts)
          } else if (act.type === 'free') scene.free(act.index)
          else if (act.type === 'wait') scene.at(scene.nowMs + act.ms)
          else {
            const waiting = [...scene.waiters.keys()].filter((each) => !scene.outcomes.has(each) && !left.has(each))
            const leaver = waiting[act.index % Math.max(1, waiting.length)]
            if (leaver === undefined) continue
            scene.queue.leave(scene.waiters.get(leaver)!)
            left.add(leaver)
          }
          check(scene, left)
        }
        scene.at(scene.nowMs + 10_000)
        expect(scene.queue.size).toBe(0)
        expect(scene.outcomes.size + left.size).toBe(scene.waiters.size)
        for (const { endpoint } of scene.pool.candidates) expect(endpoint.waiting.size).toBe(0)
      }),
      runs(),
    )
  })

  function check(scene: Scene, left: ReadonlySet<string>): void {
    const { queue, outcomes, log, waiters } = scene
    expect(log.length).toBe(outcomes.size) // no call twice
    expect(queue.size).toBe(waiters.size - outcomes.size - left.size)
    expect(queue.size <= 6 && queue.bytes <= 200).toBe(true)
    for (const [name, waiter] of waiters)
      if (!outcomes.has(name) && !left.has(name)) expect(waiter.choose()).toBeUndefined()
  }

  test('a lower band gets nothing while a higher one waits', () => {
    const arrivals = fc.array(fc.constantFrom(...PRIORITIES), { minLength: 1, maxLength: 30 })
    fc.assert(
      fc.property(arrivals, (priorities) => {
        const scene = new Scene()
        for (const [index, priority] of priorities.entries()) scene.enter(`${priority} ${index}`, { priority })
        const served = scene.drain().split(', ')
        const bands = served.map((line) => PRIORITIES.indexOf(line.split(' ')[0] as Priority))
        expect(bands).toEqual(bands.toSorted())
      }),
      runs(),
    )
  })
})
