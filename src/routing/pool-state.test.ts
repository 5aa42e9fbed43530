// What a reload must not forget: each test compiles and applies one configuration after another, in one process.
import { describe, expect, test } from 'bun:test'
import { snapshotFrom } from '../../test/parts.ts'
import type { Operation } from '../formats/apis/api.ts'
import { wakeWaiters } from './admission/wake-waiters.ts'
import type { Outcome, Waiter } from './admission/waiter.ts'
import type { Candidate } from './endpoint.ts'
import { EndpointRegistry } from './endpoint.ts'
import { pick, type Pool } from './pool.ts'
import { PoolStates } from './pool-state.ts'

/** A process that is reloaded. */
class Gateway {
  readonly #registry = new EndpointRegistry()
  readonly #pools = new PoolStates()

  load(model: object, urls: readonly string[] = ['http://a', 'http://b'], others: object = {}): Pool {
    const config = {
      providers: { gpu: { type: 'vllm', endpoints: urls, maxConcurrency: 1 } },
      models: { m: { targets: ['gpu/m'], ...model }, ...others },
    }
    return this.pools(config).chat!
  }

  pools(config: object): Readonly<Partial<Record<Operation, Pool>>> {
    return snapshotFrom(config, this.#registry, this.#pools).table.models[0]!.pools
  }
}

const call = { promptTokens: 10, nowMs: 0 }
const choose = (pool: Pool) => {
  const picked = pick(pool, [], call, () => 0)
  return picked.type === 'picked' ? picked.candidate : undefined
}

/** A call that waits in `pool`; its outcome is written into `outcomes`. */
function enter(
  pool: Pool,
  name: string,
  outcomes: Map<string, Outcome<Candidate>>,
  facts: Partial<Waiter<Candidate>> = {},
): void {
  const waiter: Waiter<Candidate> = {
    caller: 'one',
    priority: 'normal',
    cost: 1,
    bytes: 1,
    maxWaitMs: Infinity,
    isRetry: false,
    endpoints: pool.endpoints,
    choose: () => choose(pool),
    settle: (outcome) => outcomes.set(name, outcome),
    ...facts,
  }
  pool.queue.enter(waiter, 0)
}

const fill = ({ candidates }: Pool) => {
  for (const { endpoint } of candidates) endpoint.inFlight = 1
}

/** Frees an endpoint and offers its room, as the end of an attempt does. */
function free({ candidates, queue }: Pool, index = 0): void {
  candidates[index]!.endpoint.inFlight--
  queue.wake(1)
}

const shown = (outcomes: ReadonlyMap<string, Outcome<Candidate>>) =>
  [...outcomes].map(([name, outcome]) =>
    outcome.type === 'admitted' ? `${name} at ${outcome.candidate.id}` : `${name}: ${outcome.reason}`,
  )

describe('the queue of a pool', () => {
  const admission = { maxQueued: 2 }

  test('counts the calls that were queued before a reload, and admits them in their order', () => {
    const gateway = new Gateway()
    const outcomes = new Map<string, Outcome<Candidate>>()
    const before = gateway.load({ admission })
    fill(before)
    enter(before, 'first', outcomes)
    enter(before, 'second', outcomes)
    const after = gateway.load({ admission, policy: 'random' })
    enter(after, 'third', outcomes)
    expect(shown(outcomes)).toEqual(['third: full'])
    free(after)
    free(after, 1)
    expect(shown(outcomes)).toEqual(['third: full', 'first at gpu/a', 'second at gpu/b'])
    expect(after.queue.size).toBe(0)
  })

  test('takes a new limit at once and keeps the calls that are above it', () => {
    const gateway = new Gateway()
    const outcomes = new Map<string, Outcome<Candidate>>()
    const before = gateway.load({ admission: { maxQueued: 5 } })
    fill(before)
    for (const name of ['1', '2', '3']) enter(before, name, outcomes)
    const after = gateway.load({ admission: { maxQueued: 1 } })
    enter(after, '4', outcomes)
    expect(shown(outcomes)).toEqual(['4: full'])
    for (let turn = 0; turn < 3; turn++) free(after)
    expect(shown(outcomes)).toEqual(['4: full', '1 at gpu/a', '2 at gpu/a', '3 at gpu/a'])
  })

  test('admits old calls at an endpoint that the new configuration removed, and new calls at one that it added', () => {
    const gateway = new Gateway()
    const outcomes = new Map<string, Outcome<Candidate>>()
    const before = gateway.load({ admission: {} }, ['http://a'])
    fill(before)
    enter(before, 'old', outcomes)
    enter(before, 'older', outcomes, { priority: 'high' })
    const after = gateway.load({ admission: {} }, ['http://b'])
    fill(after)
    enter(after, 'new', outcomes)
    expect(after.queue.size).toBe(3)
    free(after) // only the new call can use it, though the others come first
    expect(shown(outcomes)).toEqual(['new at gpu/b'])
    free(before)
    free(before)
    expect(shown(outcomes)).toEqual(['new at gpu/b', 'older at gpu/a', 'old at gpu/a'])
    expect([before.candidates[0]!.endpoint.waiting.size, after.candidates[0]!.endpoint.waiting.size]).toEqual([0, 0])
  })

  test('no longer waits for an endpoint that was removed when its last old call has been admitted', () => {
    const gateway = new Gateway()
    const outcomes = new Map<string, Outcome<Candidate>>()
    const before = gateway.load({}, ['http://a'])
    fill(before)
    enter(before, 'old', outcomes)
    const after = gateway.load({}, ['http://b'])
    fill(after)
    enter(after, 'new', outcomes)
    free(before)
    expect(before.candidates[0]!.endpoint.waiting.size).toBe(0)
    expect(after.candidates[0]!.endpoint.waiting.size).toBe(1)
  })

  test('admits a call that began before a reload and is queued after it at its own endpoint', () => {
    const gateway = new Gateway()
    const outcomes = new Map<string, Outcome<Candidate>>()
    const before = gateway.load({}, ['http://a'])
    fill(before)
    const after = gateway.load({}, ['http://b'])
    fill(after)
    enter(before, 'old', outcomes)
    enter(after, 'new', outcomes)
    free(after)
    expect(shown(outcomes)).toEqual(['new at gpu/b'])
    before.candidates[0]!.endpoint.inFlight--
    wakeWaiters(before.candidates[0]!.endpoint, 1) // as the end of an attempt at the old endpoint does
    expect(shown(outcomes)).toEqual(['new at gpu/b', 'old at gpu/a'])
    expect([before, after].map(({ candidates }) => candidates[0]!.endpoint.waiting.size)).toEqual([0, 0])
  })

  test('keeps what it learned about the work of calls', () => {
    const gateway = new Gateway()
    gateway.load({}).queue.workload.ended({ promptTokens: 10, maxOutput: 10 }, 500, 10)
    expect(gateway.load({ policy: 'random' }).queue.workload.expectedWaitMs(0, 1)).toBe(500)
  })
})

test('the retry budget that was spent before a reload is not refilled by it', () => {
  const gateway = new Gateway()
  const before = gateway.load({})
  while (before.retries.spend());
  expect(gateway.load({ policy: 'random' }).retries.spend()).toBe(false)
})

describe('hedging', () => {
  const hedge = { after: 'p95' }

  test('uses the delay that it learned before a reload', () => {
    const gateway = new Gateway()
    const before = gateway.load({ hedge })
    for (let sample = 0; sample < 50; sample++) before.hedging!.observe(true, 10, 100)
    const delayMs = before.hedging!.delayMs(true, 10)
    expect(delayMs).toBeWithin(100, 110)
    expect(gateway.load({ hedge, policy: 'random' }).hedging!.delayMs(true, 10)).toBe(delayMs!)
  })

  test('keeps its budget, and takes a new share and a new delay', () => {
    const gateway = new Gateway()
    const before = gateway.load({ hedge })
    for (let earned = 0; earned < 40; earned++) before.hedging!.budget.earn()
    const after = gateway.load({ hedge: { after: '300ms', budget: '1%' } }).hedging!
    expect(after.delayMs(true, 10)).toBe(300)
    expect([after.budget.spend(), after.budget.spend(), after.budget.spend()]).toEqual([true, true, false])
    for (let earned = 0; earned < 98; earned++) after.budget.earn()
    expect(after.budget.spend()).toBe(false)
    for (let earned = 0; earned < 3; earned++) after.budget.earn()
    expect(after.budget.spend()).toBe(true)
  })

  test('starts from nothing when it was off in between', () => {
    const gateway = new Gateway()
    const before = gateway.load({ hedge })
    for (let sample = 0; sample < 50; sample++) before.hedging!.observe(true, 10, 100)
    expect(gateway.load({}).hedging).toBeUndefined()
    expect(gateway.load({ hedge }).hedging!.delayMs(true, 10)).toBeUndefined()
  })
})

test('round robin continues after a reload with the endpoint that is next', () => {
  const gateway = new Gateway()
  const policy = 'round_robin'
  const urls = ['http://a', 'http://b', 'http://c']
  const before = gateway.load({ policy }, urls)
  expect([choose(before)!.id, choose(before)!.id]).toEqual(['gpu/a', 'gpu/b'])
  const after = gateway.load({ policy, retries: 1 }, urls)
  expect([choose(after)!.id, choose(after)!.id]).toEqual(['gpu/c', 'gpu/a'])
})

test('calls that wait for a `retry-after` count after a reload', () => {
  const gateway = new Gateway()
  const before = gateway.load({})
  while (before.backoffQueue.enter(1));
  expect(gateway.load({ policy: 'random' }).backoffQueue.enter(1)).toBe(false)
})

test('the state of a model that a configuration no longer names is forgotten', () => {
  const gateway = new Gateway()
  const before = gateway.load({})
  while (before.retries.spend());
  gateway.pools({ providers: { gpu: { type: 'vllm', endpoints: ['http://a'] } }, models: { other: 'gpu/m' } })
  expect(gateway.load({}).retries.spend()).toBe(true)
})

test('models and operations have separate states', () => {
  const gateway = new Gateway()
  const { chat, embeddings } = gateway.pools({
    providers: { gpu: { type: 'vllm', endpoints: ['http://a'] } },
    models: { m: 'gpu/m', n: 'gpu/m' },
  })
  expect(chat!.retries).not.toBe(embeddings!.retries)
})

test('a model has pools only for the operations that its providers offer', () => {
  const { pools } = snapshotFrom({ providers: { anthropic: { apiKey: 'x' } }, models: { m: 'anthropic/m' } }).table
    .models[0]!
  expect(Object.keys(pools).toSorted()).toEqual(['chat', 'count'])
})

test('a provider that is open for pass-through has a pool for that operation alone', () => {
  const { table } = snapshotFrom({
    providers: { gpu: { type: 'vllm', endpoints: ['http://a'], passthrough: true } },
    models: { gpu: 'gpu/m', 'any/*': 'gpu/*' },
  })
  expect(Object.keys(table.passthrough('gpu')!.pools)).toEqual(['passthrough'])
  expect(table.models.map(({ pools }) => pools.passthrough)).toEqual([undefined, undefined])
})
