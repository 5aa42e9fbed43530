import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { createRandom } from '../sim/engine/random.ts'
import { policyNames } from './config.ts'
import { PeakEwma } from './peak-ewma.ts'
import { createPolicy } from './create-policy.ts'
import { type EndpointView, type Policy } from './policy.ts'
import { runs } from '../../test/runs.ts'

const call = { promptTokens: 100, nowMs: 1000 }

function view(id: string, fields: Partial<EndpointView> & { slow?: number } = {}): EndpointView {
  const slowness = new PeakEwma()
  if (fields.slow !== undefined) slowness.observe(fields.slow, call.nowMs)
  return { id, weight: 1, inFlight: 0, slowness, ...fields }
}

/** How often each endpoint is chosen in `rounds` calls, by id. */
function shares(policy: Policy, endpoints: readonly EndpointView[], rounds = 10_000): Record<string, number> {
  const random = createRandom(1)
  const counts: Record<string, number> = Object.fromEntries(endpoints.map(({ id }) => [id, 0]))
  for (let round = 0; round < rounds; round++) counts[policy(call, endpoints, random).id]! += 1 / rounds
  return counts
}

/** Within 0.0126; shares of 0 and 1 are exact. */
const close = (share: number) => (share === 0 ? 0 : expect.closeTo(share, share === 1 ? 9 : 1.6))
const expectShares = (actual: Record<string, number>, expected: Record<string, number>) =>
  expect(actual).toEqual(Object.fromEntries(Object.entries(expected).map(([id, share]) => [id, close(share)])))

const endpointsOf = fc
  .array(
    fc.record({
      weight: fc.constantFrom(0, 0.5, 1, 3, 1e6),
      inFlight: fc.nat(50),
      slow: fc.option(fc.double({ min: 0, max: 1e9, noNaN: true }), { nil: undefined }),
    }),
    { minLength: 1, maxLength: 8 },
  )
  .map((rows) =>
    rows.map(({ slow, ...row }, index) => view(`e${index}`, { ...row, ...(slow !== undefined && { slow }) })),
  )

describe.each(policyNames)('contract of every policy: %s', (name) => {
  test('returns one of its endpoints, whatever their weights and loads', () => {
    fc.assert(
      fc.property(endpointsOf, fc.integer(), (endpoints, seed) => {
        const [policy, random] = [createPolicy[name](), createRandom(seed)]
        for (let round = 0; round < 5; round++) expect(endpoints).toContain(policy(call, endpoints, random))
      }),
      runs(),
    )
  })

  test('returns one of its endpoints for the lowest and the highest draw', () => {
    const endpoints = [view('a'), view('b', { weight: 0 }), view('c')]
    for (const draw of [0, 1 - 2 ** -53]) expect(endpoints).toContain(createPolicy[name]()(call, endpoints, () => draw))
  })

  test('returns a single endpoint', () => {
    const only = view('only', { weight: 0, inFlight: 9, slow: 3 })
    expect(createPolicy[name]()(call, [only], createRandom(1))).toBe(only)
  })

  test('spreads calls evenly over equal endpoints', () => {
    const equal = ['a', 'b', 'c', 'd'].map((id) => view(id))
    expectShares(shares(createPolicy[name](), equal), { a: 0.25, b: 0.25, c: 0.25, d: 0.25 })
  })

  test('spreads calls evenly over endpoints of weight 0', () => {
    const weightless = ['a', 'b', 'c', 'd'].map((id) => view(id, { weight: 0 }))
    expectShares(shares(createPolicy[name](), weightless), { a: 0.25, b: 0.25, c: 0.25, d: 0.25 })
  })

  test('makes the same choices from the same draws', () => {
    const endpoints = [view('a'), view('b', { inFlight: 1 }), view('c')]
    const once = shares(createPolicy[name](), endpoints, 100)
    expect(shares(createPolicy[name](), endpoints, 100)).toEqual(once)
  })
})

test('round_robin goes in order, and each pool has its own position', () => {
  const [one, other] = [createPolicy.round_robin(), createPolicy.round_robin()]
  const endpoints = ['a', 'b', 'c'].map((id) => view(id))
  const turn = (policy: Policy) => policy(call, endpoints, () => 0).id
  expect([turn(one), turn(one), turn(other), turn(one), turn(one)]).toEqual(['a', 'b', 'a', 'c', 'a'])
})

test('weighted keeps the proportions', () => {
  const endpoints = [view('a', { weight: 5 }), view('b', { weight: 3 }), view('c', { weight: 2 })]
  expectShares(shares(createPolicy.weighted(), endpoints, 20_000), { a: 0.5, b: 0.3, c: 0.2 })
})

describe('least_request', () => {
  test.each<[string, EndpointView[], Record<string, number>]>([
    [
      'takes the idle endpoint',
      [view('a', { inFlight: 2 }), view('b'), view('c', { inFlight: 1 })],
      { a: 0, b: 1, c: 0 },
    ],
    [
      'ties are random',
      [view('a', { inFlight: 1 }), view('b', { inFlight: 9 }), view('c', { inFlight: 1 })],
      { a: 0.5, b: 0, c: 0.5 },
    ],
    ['load is relative to weight', [view('a', { inFlight: 4, weight: 4 }), view('b', { inFlight: 2 })], { a: 1, b: 0 }],
    [
      'equal load relative to weight is a tie',
      [view('a', { inFlight: 4, weight: 4 }), view('b', { inFlight: 1 })],
      { a: 0.5, b: 0.5 },
    ],
  ])('%s', (_title, endpoints, expected) => expectShares(shares(createPolicy.least_request(), endpoints), expected))
})

test('p2c takes the less busy of two: the busiest of all gets nothing, the least busy the most', () => {
  const endpoints = [0, 1, 2, 3].map((inFlight) => view(`e${inFlight}`, { inFlight }))
  // Of 6 pairs the least busy wins 3, the next 2, then 1, then 0.
  expectShares(shares(createPolicy.p2c(), endpoints, 20_000), { e0: 1 / 2, e1: 1 / 3, e2: 1 / 6, e3: 0 })
})

describe('latency', () => {
  test.each<[string, EndpointView[], Record<string, number>]>([
    ['prefers the faster endpoint', [view('a', { slow: 2 }), view('b', { slow: 1 })], { a: 0, b: 1 }],
    ['weighs speed against load', [view('a', { slow: 2 }), view('b', { slow: 1, inFlight: 2 })], { a: 1, b: 0 }],
    ['a tie is random', [view('a', { slow: 2 }), view('b', { slow: 1, inFlight: 1 })], { a: 0.5, b: 0.5 }],
    ['at a cold start, load decides', [view('a', { inFlight: 1 }), view('b')], { a: 0, b: 1 }],
    [
      'an endpoint without samples counts as fast as the best',
      [view('a', { slow: 5 }), view('b', { slow: 9 }), view('c')],
      { a: 0.5, b: 0, c: 0.5 },
    ],
    [
      'twice the weight takes twice the load',
      [view('a', { slow: 1, weight: 2, inFlight: 3 }), view('b', { slow: 1, inFlight: 1 })],
      { a: 0.5, b: 0.5 },
    ],
  ])('%s', (_title, endpoints, expected) => expectShares(shares(createPolicy.latency(), endpoints), expected))

  test('a cold start spreads simultaneous calls', () => {
    const endpoints = ['a', 'b', 'c', 'd'].map((id) => Object.assign(view(id), { inFlight: 0 }))
    const random = createRandom(7)
    for (let round = 0; round < 8; round++) createPolicy.latency()(call, endpoints, random).inFlight++
    expect(endpoints.map(({ inFlight }) => inFlight)).toEqual([2, 2, 2, 2])
  })

  test('an endpoint that was slow once is tried again as its average decays', () => {
    const endpoints = [view('a', { slow: 4 }), view('b')]
    const [a, b] = endpoints as [EndpointView, EndpointView]
    const choiceAt = (nowMs: number) => {
      b.slowness.observe(1.5, nowMs) // keeps its value
      return createPolicy.latency()({ ...call, nowMs }, endpoints, createRandom(1)).id
    }
    expect(a.slowness.at(1000)).toBe(4)
    expect([1000, 11_000, 21_000].map(choiceAt)).toEqual(['b', 'b', 'a']) // 4, 2, 1 against 1.5
  })
})
