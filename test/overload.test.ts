// More calls than a pool can take, over real sockets: who is served, in which order, and who is told to come back when.
import { afterAll, beforeAll, beforeEach, expect, test } from 'bun:test'
import { createSimServer, type SimServer } from '../src/sim/server.ts'
import { chat, eventually, KEY, oneModel, series, startGateway, type TestGateway } from './gateway.ts'

const DEPTH = 'sluice_queue_depth{model="sim-1b",priority="normal"}'
const PLACES = 4
const TOKENS = 20
/** A step takes 6 ms at this speed, a call 120. */
const SPEED = 0.25

let server: SimServer
let gateway: TestGateway
beforeAll(async () => {
  server = await createSimServer({ speed: SPEED })
  gateway = await startGateway(oneModel([server.url], { admission: { maxWait: '400ms' } }, { maxConcurrency: PLACES }))
})
afterAll(async () => {
  await gateway.stop()
  server.stop()
})
beforeEach(() => eventually(() => server.engine.running + server.engine.waiting === 0))

interface Result {
  readonly status: number
  readonly tookMs: number
  readonly endedMs: number
  readonly retryAfter: string | null
  readonly user: string
}

async function call(user = 'u', headers: Record<string, string> = {}, to = gateway): Promise<Result> {
  const startedMs = performance.now()
  const body = chat(`Hello from ${user}`, { user, max_tokens: TOKENS, min_tokens: TOKENS })
  const response = await to.post('/v1/chat/completions', body, headers)
  await response.text()
  const endedMs = performance.now()
  const retryAfter = response.headers.get('retry-after')
  return { status: response.status, tookMs: endedMs - startedMs, endedMs, retryAfter, user }
}

/** So many callers, each with one call after the other; calls per second. */
async function peakOf(callers: number, ms: number): Promise<number> {
  const startedMs = performance.now()
  let ended = 0
  const caller = async () => {
    while (performance.now() - startedMs < ms) {
      expect((await call()).status).toBe(200)
      ended++
    }
  }
  await Promise.all(Array.from({ length: callers }, caller))
  return (ended * 1000) / (performance.now() - startedMs)
}

/** Calls at a steady pace, whatever becomes of them. */
async function offer<R>(perSecond: number, ms: number, send: (index: number) => Promise<R>): Promise<R[]> {
  const startedMs = performance.now()
  const calls: Promise<R>[] = []
  while (performance.now() - startedMs < ms) {
    const due = ((performance.now() - startedMs) * perSecond) / 1000
    while (calls.length < due) calls.push(send(calls.length))
    await Bun.sleep(5)
  }
  return Promise.all(calls)
}

const median = (results: readonly Result[]) =>
  results.map(({ tookMs }) => tookMs).toSorted((a, b) => a - b)[results.length >> 1]!

test('at three times what the pool can take, as much is done as at its peak, and the rest is told at once', async () => {
  const alone = median([await call(), await call(), await call()])
  const before = await peakOf(PLACES, 1000)
  let [looks, running] = [0, 0]
  const looking = setInterval(() => {
    looks++
    running += server.engine.running
  }, 5)
  const startedMs = performance.now()
  const results = await offer(3 * before, 2500, async (index) => {
    const priority = ['high', 'low'][index % 10] ?? 'normal'
    return { ...(await call('u', { 'x-sluice-priority': priority })), priority }
  })
  clearInterval(looking)
  const after = await peakOf(PLACES, 1000)
  const of = (status: number, priority?: string) =>
    results.filter((result) => result.status === status && (priority ?? result.priority) === result.priority)
  const done = of(200)
  const lastMs = Math.max(...done.map(({ endedMs }) => endedMs))

  expect(done.length + of(429).length).toBe(results.length)
  expect(running / looks).toBeGreaterThan(0.85 * PLACES) // no place is empty while calls wait
  expect((done.length * 1000) / (lastMs - startedMs)).toBeGreaterThan(0.9 * Math.min(before, after))

  expect(of(429, 'high')).toEqual([])
  expect(median(of(200, 'high'))).toBeLessThan(2 * alone)

  expect(of(429).length).toBeGreaterThan(results.length / 2)
  expect(of(429).filter(({ retryAfter }) => retryAfter !== '1')).toEqual([]) // half a second, in whole ones
  expect(median(of(429))).toBeLessThan(50)
  expect(Math.max(...done.map(({ tookMs }) => tookMs))).toBeLessThan(400 + 4 * alone) // nobody waited longer than allowed
}, 15_000)

test('two callers who ask ten to one are served one to one', async () => {
  const quick = await createSimServer({ speed: 1 })
  const patient = await startGateway(oneModel([quick.url], {}, { maxConcurrency: PLACES }))
  const calls = Array.from({ length: 110 }, (_, index) => call(index < 100 ? 'many' : 'few', {}, patient))
  const results = await Promise.all(calls)
  expect(results.filter(({ status }) => status !== 200)).toEqual([])
  const lastMs = Math.max(...results.filter(({ user }) => user === 'few').map(({ endedMs }) => endedMs))
  const ofMany = results.filter(({ user, endedMs }) => user === 'many' && endedMs <= lastMs).length
  // Those of `many` that were there before `few` came, and those beside its last ones.
  expect(ofMany).toBeGreaterThanOrEqual(10 - PLACES)
  expect(ofMany).toBeLessThanOrEqual(10 + 3 * PLACES)
  await patient.stop()
  quick.stop()
})

test('a client that leaves while it waits costs the upstream nothing', async () => {
  const depth = async () => series(await gateway.metrics(), DEPTH)
  const inPlace = Array.from({ length: PLACES }, () => call())
  await eventually(() => server.engine.running === PLACES)
  const { prefixQueries } = server.engine
  const leaver = new AbortController()
  const left = fetch(`${gateway.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${KEY}` },
    body: JSON.stringify(chat('Never mind')),
    signal: leaver.signal,
  }).catch((error: Error) => error.name)
  await eventually(async () => (await depth()) === 1)
  leaver.abort()
  expect(await left).toBe('AbortError')
  await eventually(async () => (await depth()) === 0)
  for (const { status } of await Promise.all(inPlace)) expect(status).toBe(200)
  await eventually(() => server.engine.running === 0)
  expect(server.engine.prefixQueries).toBe(prefixQueries)
})

test('who says how long it can wait is refused when it would be longer, and told so in words', async () => {
  await call() // how long they take is known from here on
  const inPlace = Array.from({ length: PLACES }, () => call())
  await eventually(() => server.engine.running === PLACES)
  const body = chat('Quick')
  const response = await gateway.post('/v1/chat/completions', body, { 'x-stainless-timeout': '0.02' })
  expect([response.status, response.headers.get('retry-after')]).toEqual([429, '1'])
  expect(await response.text()).toContain('the wait would be too long for this call. Try again in about 1s.')
  expect(series(await gateway.metrics(), 'sluice_queue_refused_total{model="sim-1b",reason="wait"}')).toBeGreaterThan(0)
  await Promise.all(inPlace)
})

test('a server whose limit is learned gets sixteen calls at first, and more when they do well', async () => {
  const quick = await createSimServer({ speed: 1 })
  const learning = await startGateway(oneModel([quick.url], { admission: { adaptiveConcurrency: true } }))
  let most = 0
  const looking = setInterval(() => {
    most = Math.max(most, quick.engine.running + quick.engine.waiting)
  }, 1)
  const send = (count: number) => Promise.all(Array.from({ length: count }, () => call('u', {}, learning)))
  const first = await send(20)
  clearInterval(looking)
  expect(most).toBe(16)
  const results = [...first, ...(await send(100))]
  expect(results.filter(({ status }) => status !== 200)).toEqual([])
  const limit = series(await learning.metrics(), `sluice_endpoint_limit{endpoint="gpu/127.0.0.1:${quick.port}"}`)
  expect(limit).toBeGreaterThan(16)
  await learning.stop()
  quick.stop()
})
