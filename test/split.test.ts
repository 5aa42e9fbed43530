import { afterAll, beforeAll, expect, test } from 'bun:test'
import { type Fleet, startFleet } from '../src/sim/fleet.ts'
import { chat, inBatches, series, startGateway, type TestGateway } from './gateway.ts'

let small: Fleet
let large: Fleet
let gateway: TestGateway
const config = (weights: Record<string, number>) => ({
  providers: { one: { type: 'vllm', endpoints: small.urls }, three: { type: 'vllm', endpoints: large.urls } },
  models: { 'sim-1b': 'one/sim-1b', 'sim-3b': 'three/sim-3b' },
  routes: {
    '/v1/1b': 'sim-1b',
    '/v1/3b': 'sim-3b',
    '/v1/ab-test': { split: weights, sticky: 'user' },
    '/v1/by-team': { split: weights, sticky: 'header:x-team' },
  },
})

beforeAll(async () => {
  small = await startFleet({ model: 'sim-1b', speed: 0 })
  large = await startFleet({ model: 'sim-3b', speed: 0 })
  gateway = await startGateway(config({ 'sim-1b': 70, 'sim-3b': 30 }))
})
afterAll(async () => {
  await gateway?.stop()
  small?.stop()
  large?.stop()
})

const auto = (more: object = {}) => ({ ...chat('Hi', { max_tokens: 1 }), model: 'auto', ...more })
async function armOf(path: string, body: object, headers: Record<string, string> = {}): Promise<string | null> {
  const response = await gateway.post(path, body, headers)
  await response.text()
  return response.headers.get('x-sluice-arm')
}

test.each([
  ['/v1/1b/chat/completions', 'sim-1b'],
  ['/v1/3b/chat/completions', 'sim-3b'],
])('%s is served by %s', async (path, model) => {
  expect(((await (await gateway.post(path, auto())).json()) as { model: string }).model).toBe(model)
})

test('1,000 requests with model auto are split 70 to 30, as the counters show', async () => {
  await inBatches(Array.from({ length: 1000 }), () => armOf('/v1/ab-test/chat/completions', auto()))
  const metrics = await gateway.metrics()
  const calls = (arm: string) =>
    series(metrics, `sluice_split_calls_total{split="/v1/ab-test",arm="${arm}",forced="false"}`)
  expect(calls('sim-1b') + calls('sim-3b')).toBe(1000)
  // 3 points are two standard deviations of 1,000 draws; five keep a sound split from failing once in a million runs.
  expect(Math.abs(calls('sim-1b') - 700)).toBeLessThan(73)
})

test('each user stays in one arm, and users are split 70 to 30', async () => {
  const users = Array.from({ length: 300 }, (_, index) => `user-${index}`)
  const first = await inBatches(users, (user) => armOf('/v1/ab-test/chat/completions', auto({ user })))
  const again = await inBatches(users, (user) => armOf('/v1/ab-test/chat/completions', auto({ user })))
  expect(again).toEqual(first)
  expect(Math.abs(first.filter((arm) => arm === 'sim-1b').length / 300 - 0.7)).toBeLessThan(0.1)
})

test('a split can be sticky by a header', async () => {
  const arms = await Promise.all(
    Array.from({ length: 20 }, () => armOf('/v1/by-team/chat/completions', auto(), { 'x-team': 'blue' })),
  )
  expect(new Set(arms).size).toBe(1)
})

test('an arm can be forced, and is counted as forced', async () => {
  expect(await armOf('/v1/ab-test/chat/completions', auto(), { 'x-sluice-arm': 'sim-3b' })).toBe('sim-3b')
  expect(
    series(await gateway.metrics(), 'sluice_split_calls_total{split="/v1/ab-test",arm="sim-3b",forced="true"}'),
  ).toBe(1)
  expect((await gateway.post('/v1/ab-test/chat/completions', auto(), { 'x-sluice-arm': 'sim-9b' })).status).toBe(400)
})

test('raising the weight of one arm moves users only into it', async () => {
  const users = Array.from({ length: 300 }, (_, index) => `mover-${index}`)
  const arms = () => inBatches(users, (user) => armOf('/v1/ab-test/chat/completions', auto({ user })))
  const before = await arms()
  gateway.write(config({ 'sim-1b': 50, 'sim-3b': 50 }))
  expect((await gateway.reload('admin')).ok).toBe(true)
  const after = await arms()
  expect(users.filter((_, index) => before[index] === 'sim-3b' && after[index] === 'sim-1b')).toEqual([])
  expect(users.filter((_, index) => before[index] === 'sim-1b' && after[index] === 'sim-3b').length).toBeGreaterThan(20)
})
