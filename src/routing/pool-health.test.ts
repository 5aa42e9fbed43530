import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { snapshotFrom } from '../../test/parts.ts'
import { type ErrorCode, GatewayError } from '../errors.ts'
import { createRandom } from '../sim/engine/random.ts'
import { policyNames } from './config.ts'
import { type Candidate, EndpointRegistry } from './endpoint.ts'
import { AttemptHealth } from './fleet/attempt-health.ts'
import { pick, type Pool } from './pool.ts'
import { runs } from '../../test/runs.ts'

type Condition =
  | 'healthy'
  | 'open'
  | 'half-open'
  | 'probing'
  | 'backing off'
  | 'misconfigured'
  | 'down'
  | 'draining'
  | 'suspect'
  | 'warming'
  | 'full'
  | 'weightless'

const NOW = 100_000
const error = (code: ErrorCode, retryAfterMs?: number) =>
  new GatewayError(code, 'no', retryAfterMs === undefined ? {} : { retryAfterMs })

function end(candidate: Candidate, thrown: GatewayError | undefined, nowMs: number): void {
  const attempt = new AttemptHealth(candidate, 1, nowMs)
  if (thrown) attempt.failed(thrown, nowMs)
  else attempt.completed(nowMs)
}
/** Opens the breaker at `atMs`, for 5 s. */
function open(candidate: Candidate, atMs: number): void {
  for (let time = 0; time < 5; time++) end(candidate, error('upstream_failed'), atMs)
}

const ACT: Record<Condition, (candidate: Candidate, index: number) => void> = {
  healthy: () => {},
  open: (candidate, index) => open(candidate, NOW - 1000 - index),
  'half-open': (candidate) => open(candidate, NOW - 6000),
  probing(candidate) {
    open(candidate, NOW - 6000)
    candidate.endpoint.health.began(NOW - 1)
  },
  'backing off': (candidate, index) => end(candidate, error('upstream_rate_limited', 3000 + 1000 * index), NOW - 1000),
  misconfigured: (candidate) => end(candidate, error('upstream_auth'), NOW - 1000),
  down({ endpoint }) {
    for (let time = 0; time < 2; time++) endpoint.health.checked('miss', 'no connection', 20_000, NOW - 1000)
  },
  draining: ({ endpoint }) => endpoint.health.drain('admin', NOW - 1000),
  suspect: ({ endpoint }) => endpoint.health.stalled(NOW - 1000),
  warming({ endpoint }) {
    endpoint.health.warmUp('new', NOW)
    endpoint.pendingTokens = 3200
  },
  full({ endpoint }) {
    endpoint.inFlight = endpoint.maxConcurrency
  },
  weightless: () => {},
}

/** A pool whose candidates are `gpu/a`, `gpu/b` and so on, in these conditions. */
function poolOf(conditions: readonly (Condition | Condition[])[], policy = 'random'): Pool {
  const endpoints = conditions.map((each, index) => ({
    url: `http://${'abcdefgh'[index]}`,
    weight: [each].flat().includes('weightless') ? 0 : 1,
    maxConcurrency: 100,
  }))
  const config = { providers: { gpu: { type: 'vllm', endpoints } }, models: { m: { targets: ['gpu/m'], policy } } }
  const registry = new EndpointRegistry({ random: () => 0.5 })
  const pool = snapshotFrom(config, registry).table.find('m')!.model.pools.chat!
  pool.candidates.forEach((candidate, index) => {
    for (const condition of [conditions[index]!].flat()) ACT[condition](candidate, index)
  })
  return pool
}

/** All endpoints that random draws can pick, as letters; or the reason for none. */
function choices(pool: Pool, tried: readonly number[] = [], promptTokens = 100): string {
  const random = createRandom(1)
  const seen = new Set<string>()
  const excluded = tried.map((index) => pool.candidates[index]!)
  for (let draw = 0; draw < 100; draw++) {
    const picked = pick(pool, excluded, { promptTokens, nowMs: NOW }, random)
    seen.add(picked.type === 'picked' ? picked.candidate.id.slice(4) : picked.type)
  }
  return [...seen].toSorted().join(' ')
}

describe('the endpoints that can be picked', () => {
  test.each<[string, (Condition | Condition[])[], string]>([
    ['all healthy ones', ['healthy', 'healthy', 'healthy'], 'a b c'],
    ['not an open one', ['healthy', 'open', 'healthy'], 'a c'],
    ['not one whose probe is in flight', ['healthy', 'probing', 'healthy'], 'a c'],
    ['a half-open one before all others', ['healthy', 'half-open', 'healthy'], 'b'],
    ['not a half-open one of weight 0', ['healthy', ['half-open', 'weightless'], 'healthy'], 'a c'],
    ['not a half-open one at its limit', ['healthy', ['half-open', 'full'], 'healthy'], 'a c'],
    ['not one that backs off', ['healthy', 'backing off'], 'a'],
    ['not a misconfigured one', ['healthy', 'misconfigured'], 'a'],
    ['not one that is down', ['healthy', 'down'], 'a'],
    ['not a drained one', ['healthy', 'draining'], 'a'],
    ['not a suspect one', ['healthy', 'suspect'], 'a'],
    ['a suspect one if no other has capacity', ['full', 'suspect'], 'b'],
    ['one of weight 0 before a suspect one', ['weightless', 'suspect'], 'a'],
    ['not a warming one with enough work', ['healthy', 'warming'], 'a'],
    ['a warming one if no other is left', ['full', 'warming'], 'b'],
    ['at least half: the earliest opened ones return', ['open', 'open', 'open', 'healthy'], 'c d'],
    ['at least half of three', ['open', 'open', 'healthy'], 'b c'],
    ['down and misconfigured ones do not return', ['down', 'misconfigured', 'healthy'], 'c'],
    ['an open one returns because of a down one', ['down', 'open', 'healthy'], 'b c'],
    ['all if all are open', ['open', 'open'], 'a b'],
    ['the only one although it is open', ['open'], 'a'],
    ['the only one although it is down', ['down'], 'a'],
    ['the only one although it is misconfigured', ['misconfigured'], 'a'],
    ['all if all are down', ['down', 'down'], 'a b'],
    ['an open one before one that is down', ['down', 'open', 'misconfigured'], 'b'],
    ['one that is down before a misconfigured one', ['down', 'misconfigured'], 'a'],
    ['one that is down rather than one that backs off', ['backing off', 'down'], 'b'],
    ['one that is down rather than a drained one', ['draining', 'down'], 'b'],
    ['none if all back off', ['backing off', 'backing off'], 'backing-off'],
    ['none if all are drained', ['draining', 'draining'], 'draining'],
    ['none if some are drained and the others back off', ['draining', 'backing off'], 'backing-off'],
    ['none if the eligible ones are full', ['full', 'open', 'full', 'full'], 'full'],
  ])('%s: %j', (_title, conditions, expected) => expect(choices(poolOf(conditions))).toBe(expected))

  test.each<[string, Condition[], number[], string]>([
    ['not a half-open one: the call has failed once', ['healthy', 'half-open', 'healthy'], [0], 'c'],
    ['not an open one', ['healthy', 'open'], [0], 'exhausted'],
    ['one that is down if all are', ['down', 'down'], [0], 'b'],
    ['the next worse state if all are out', ['open', 'down', 'misconfigured'], [0], 'b'],
    ['none that backs off', ['healthy', 'backing off'], [0], 'exhausted'],
  ])('after a failure, %s: %j without %j', (_title, conditions, tried, expected) =>
    expect(choices(poolOf(conditions), tried)).toBe(expected),
  )

  test('a warming endpoint for a small call, but not for a large one', () => {
    const pool = poolOf(['healthy', 'warming'])
    expect([choices(pool, [], 77), choices(pool, [], 76)]).toEqual(['a', 'a b'])
  })
})

test('retry-after is the time until the first endpoint can be retried', () => {
  const pool = poolOf(['backing off', 'backing off'])
  const picked = pick(pool, [], { promptTokens: 1, nowMs: NOW }, () => 0)
  expect(picked).toEqual({ type: 'backing-off', retryAfterMs: 2000 })
})

test('an endpoint whose state has expired is no longer marked as impaired', () => {
  const pool = poolOf(['healthy', 'misconfigured'])
  pick(pool, [], { promptTokens: 1, nowMs: NOW + 60_000 }, () => 0)
  expect(
    pool.candidates.map(({ modelHealth, endpoint }) => modelHealth.isImpaired || endpoint.health.isImpaired),
  ).toEqual([false, false])
})

test.each(['least_request', 'p2c', 'latency'])('%s is not attracted by an endpoint that fails fast', (policy) => {
  const pool = poolOf(['healthy', 'healthy', 'healthy'], policy)
  const random = createRandom(3)
  const [failing, ...others] = pool.candidates as [Candidate, Candidate, Candidate]
  for (const { endpoint } of others) endpoint.inFlight = 8
  failing.endpoint.health.breaker.mayOpen = false // here the breaker must not be the reason
  let picks = 0
  for (let nowMs = 0; nowMs < 10_000; nowMs += 10) {
    const picked = pick(pool, [], { promptTokens: 100, nowMs }, random)
    if (picked.type !== 'picked' || picked.candidate !== failing) continue
    picks++
    end(failing, error('upstream_failed'), nowMs)
  }
  expect(picks).toBeLessThan(15) // of 1,000 calls
})

const conditions = fc.array(fc.constantFrom(...(Object.keys(ACT) as Condition[])), { minLength: 1, maxLength: 8 })

test('in any mix of conditions: never a drained or backing-off endpoint, and always one if another has capacity', () => {
  fc.assert(
    fc.property(conditions, fc.constantFrom(...policyNames), fc.integer(), (given, policy, seed) => {
      const pool = poolOf(given, policy)
      const picked = pick(pool, [], { promptTokens: 100, nowMs: NOW }, createRandom(seed))
      const isOut = (condition: Condition) => condition === 'draining' || condition === 'backing off'
      if (picked.type === 'picked') {
        const condition = given[pool.candidates.indexOf(picked.candidate)]!
        expect(isOut(condition) || condition === 'full').toBe(false)
      } else {
        const left = given.filter((condition) => !isOut(condition))
        expect(picked.type).toBe(left.length > 0 ? 'full' : given.includes('backing off') ? 'backing-off' : 'draining')
        if (left.length > 0) expect(left).toContain('full')
      }
    }),
    runs(),
  )
})
