import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { snapshotFrom } from '../../test/parts.ts'
import { type ErrorCode, GatewayError } from '../errors.ts'
import { createRandom } from '../sim/engine/random.ts'
import { policyNames } from './config.ts'
import { type Candidate, EndpointRegistry } from './endpoint.ts'
import { AttemptHealth } from './health/attempt-health.ts'
import { pick, type Pool } from './pool.ts'

type Condition =
  | 'well'
  | 'open'
  | 'half-open'
  | 'probing'
  | 'backing off'
  | 'misconfigured'
  | 'down'
  | 'draining'
  | 'silent'
  | 'warming'
  | 'full'
  | 'weightless'

const NOW = 100_000
const error = (code: ErrorCode, retryAfterMs?: number) =>
  new GatewayError(code, 'no', retryAfterMs === undefined ? {} : { retryAfterMs })

function end(candidate: Candidate, thrown: GatewayError | undefined, nowMs: number): void {
  const trial = new AttemptHealth(candidate, 1, nowMs)
  if (thrown) trial.failed(thrown, nowMs)
  else trial.completed(nowMs)
}
/** Opened at `atMs`, for 5 s. */
function open(candidate: Candidate, atMs: number): void {
  for (let time = 0; time < 5; time++) end(candidate, error('upstream_failed'), atMs)
}

const ACT: Record<Condition, (candidate: Candidate, index: number) => void> = {
  well: () => {},
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
  silent: ({ endpoint }) => endpoint.health.fellSilent(NOW - 1000),
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

/** Everything that chance may choose, as letters; or why nothing. */
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

describe('who may be asked', () => {
  test.each<[string, (Condition | Condition[])[], string]>([
    ['all that are well', ['well', 'well', 'well'], 'a b c'],
    ['not who is open', ['well', 'open', 'well'], 'a c'],
    ['not whose probe is under way', ['well', 'probing', 'well'], 'a c'],
    ['first of all who has rested', ['well', 'half-open', 'well'], 'b'],
    ['not who has rested and has no weight', ['well', ['half-open', 'weightless'], 'well'], 'a c'],
    ['not who has rested and is full', ['well', ['half-open', 'full'], 'well'], 'a c'],
    ['not who asked for time', ['well', 'backing off'], 'a'],
    ['not who is misconfigured', ['well', 'misconfigured'], 'a'],
    ['not who is down', ['well', 'down'], 'a'],
    ['not who is drained', ['well', 'draining'], 'a'],
    ['not who is silent', ['well', 'silent'], 'a'],
    ['who is silent when nobody else has room', ['full', 'silent'], 'b'],
    ['who has no weight before who is silent', ['weightless', 'silent'], 'a'],
    ['not who warms up and has enough', ['well', 'warming'], 'a'],
    ['who warms up when nobody else is left', ['full', 'warming'], 'b'],
    ['at least half: the earliest to open returns', ['open', 'open', 'open', 'well'], 'c d'],
    ['at least half of three', ['open', 'open', 'well'], 'b c'],
    ['nobody returns for those who are surely gone', ['down', 'misconfigured', 'well'], 'c'],
    ['but who may be well returns because of them', ['down', 'open', 'well'], 'b c'],
    ['anybody when all are open', ['open', 'open'], 'a b'],
    ['the only one whatever happened', ['open'], 'a'],
    ['the only one although it is down', ['down'], 'a'],
    ['the only one although it is misconfigured', ['misconfigured'], 'a'],
    ['all when all are down', ['down', 'down'], 'a b'],
    ['who is open before who is down', ['down', 'open', 'misconfigured'], 'b'],
    ['who is down before who is misconfigured', ['down', 'misconfigured'], 'a'],
    ['who failed rather than who asked for time', ['backing off', 'down'], 'b'],
    ['who failed rather than who is drained', ['draining', 'down'], 'b'],
    ['nobody when all asked for time', ['backing off', 'backing off'], 'backing-off'],
    ['nobody when all are drained', ['draining', 'draining'], 'draining'],
    ['nobody when some are drained and others asked for time', ['draining', 'backing off'], 'backing-off'],
    ['nobody when who may be asked is full', ['full', 'open', 'full', 'full'], 'full'],
  ])('%s: %j', (_title, conditions, expected) => expect(choices(poolOf(conditions))).toBe(expected))

  test.each<[string, Condition[], number[], string]>([
    ['not who has rested: the call has failed once', ['well', 'half-open', 'well'], [0], 'c'],
    ['not who is open', ['well', 'open'], [0], 'exhausted'],
    ['who is down when all are', ['down', 'down'], [0], 'b'],
    ['the next worse when all are out', ['open', 'down', 'misconfigured'], [0], 'b'],
    ['nobody who asked for time', ['well', 'backing off'], [0], 'exhausted'],
  ])('after %s: %j without %j', (_title, conditions, tried, expected) =>
    expect(choices(poolOf(conditions), tried)).toBe(expected),
  )

  test('a small call where a large one is too much', () => {
    const pool = poolOf(['well', 'warming'])
    expect([choices(pool, [], 77), choices(pool, [], 76)]).toEqual(['a', 'a b'])
  })
})

test('the time to come back is that of the first who may be asked again', () => {
  const pool = poolOf(['backing off', 'backing off'])
  const picked = pick(pool, [], { promptTokens: 1, nowMs: NOW }, () => 0)
  expect(picked).toEqual({ type: 'backing-off', retryAfterMs: 2000 })
})

test('an endpoint that is well again costs nothing any more', () => {
  const pool = poolOf(['well', 'misconfigured'])
  pick(pool, [], { promptTokens: 1, nowMs: NOW + 60_000 }, () => 0)
  expect(
    pool.candidates.map(({ modelHealth, endpoint }) => modelHealth.isImpaired || endpoint.health.isImpaired),
  ).toEqual([false, false])
})

test.each(['least_request', 'p2c', 'latency'])('%s is not attracted by who fails at once', (policy) => {
  const pool = poolOf(['well', 'well', 'well'], policy)
  const random = createRandom(3)
  const [hole, ...others] = pool.candidates as [Candidate, Candidate, Candidate]
  for (const { endpoint } of others) endpoint.inFlight = 8
  hole.endpoint.health.breaker.mayOpen = false // the breaker is not what keeps calls away here
  let picks = 0
  for (let nowMs = 0; nowMs < 10_000; nowMs += 10) {
    const picked = pick(pool, [], { promptTokens: 100, nowMs }, random)
    if (picked.type !== 'picked' || picked.candidate !== hole) continue
    picks++
    end(hole, error('upstream_failed'), nowMs)
  }
  expect(picks).toBeLessThan(15) // of 1,000 calls
})

const conditions = fc.array(fc.constantFrom(...(Object.keys(ACT) as Condition[])), { minLength: 1, maxLength: 8 })

test('whatever the conditions: nobody drained, nobody who asked for time, and somebody if there is anybody else with room', () => {
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
  )
})
