// More requests than a pool can serve, over real sockets: which are served, in which order, and which get retry-after.
// How long they take is measured by `bun bench/overload.ts`, and in simulated time beside routing/admission/.
import { afterEach, expect, test } from 'bun:test'
import { chat, eventually, KEY, oneModel, series, startGateway, type TestGateway } from './gateway.ts'
import { answer, type ScriptedUpstream, startScriptedUpstream, when } from './scripted.ts'

const LIMIT = 4

const stops: (() => unknown)[] = []
afterEach(async () => {
  for (const stop of stops.splice(0).toReversed()) await stop()
})

interface Scene {
  readonly upstream: ScriptedUpstream
  readonly gateway: TestGateway
  /** Lets the upstream respond to its first `count` requests, including those that it already has. */
  open(count?: number): void
  /** The largest number of requests that the upstream has had at once. */
  most(): number
}

/** One upstream that responds when the test allows it. */
async function scene(model: object, provider: object = {}): Promise<Scene> {
  let [received, allowed, running, most] = [0, 0, 0, 0]
  const upstream = startScriptedUpstream(async (signal) => {
    const at = received++
    most = Math.max(most, ++running)
    const response = await when(() => at < allowed, answer('yes'))(signal)
    running--
    return response
  })
  const gateway = await startGateway(oneModel([upstream.url], model, provider))
  stops.push(() => gateway.stop(), upstream.stop)
  return { upstream, gateway, open: (count = Infinity) => void (allowed = count), most: () => most }
}

interface Result {
  readonly status: number
  readonly retryAfter: string | null
  readonly text: string
}

async function call({ gateway }: Scene, user = 'u', headers: Record<string, string> = {}): Promise<Result> {
  const response = await gateway.post('/v1/chat/completions', chat(`Hello from ${user}`, { user }), headers)
  return { status: response.status, retryAfter: response.headers.get('retry-after'), text: await response.text() }
}
const calls = (stage: Scene, count: number, ...more: [user?: string, headers?: Record<string, string>]) =>
  Array.from({ length: count }, () => call(stage, ...more))

const waiting = async ({ gateway }: Scene, count: number, priority = 'normal') => {
  const depth = `sluice_queue_depth{model="sim-1b",priority="${priority}"}`
  await eventually(async () => series(await gateway.metrics(), depth) === count)
}
const usersOf = ({ upstream }: Scene) => upstream.calls.map(({ body }) => body['user'])
const statusesOf = async (results: readonly Promise<Result>[]) =>
  (await Promise.all(results)).map(({ status }) => status)
const all = (status: number, times: number) => Array.from({ length: times }, () => status)

test('an overloaded pool serves up to its limit, high priority first, and rejects the rest at once', async () => {
  const stage = await scene({ admission: { maxQueued: 8 } }, { maxConcurrency: LIMIT })
  const inFlight = calls(stage, LIMIT)
  await eventually(() => stage.upstream.calls.length === LIMIT)
  const queued = calls(stage, 8)
  await waiting(stage, 8)
  const refused = await Promise.all(calls(stage, 5)) // before any response
  expect(refused.map(({ status }) => status)).toEqual(all(429, 5))
  for (const { retryAfter } of refused) expect(retryAfter).toMatch(/^[1-9]\d*$/)

  const high = calls(stage, 3, 'high', { 'x-sluice-priority': 'high' })
  await waiting(stage, 3, 'high')
  await waiting(stage, 5)
  expect(stage.upstream.calls).toHaveLength(LIMIT)
  stage.open(LIMIT)
  expect(await statusesOf(inFlight)).toEqual(all(200, LIMIT))
  await eventually(() => stage.upstream.calls.length === 2 * LIMIT)
  expect(usersOf(stage).slice(LIMIT).toSorted()).toEqual(['high', 'high', 'high', 'u'])
  stage.open()
  expect(await statusesOf(high)).toEqual(all(200, 3))
  expect((await statusesOf(queued)).toSorted()).toEqual([...all(200, 5), ...all(429, 3)])
  expect(stage.upstream.calls).toHaveLength(LIMIT + 3 + 5)
  expect(stage.most()).toBe(LIMIT)
  const metrics = await stage.gateway.metrics()
  const total = (reason: string) => series(metrics, `sluice_queue_refused_total{model="sim-1b",reason="${reason}"}`)
  expect([total('full'), total('displaced')]).toEqual([5, 3])
})

test('two users that send ten to one are served one to one', async () => {
  const stage = await scene({}, { maxConcurrency: LIMIT })
  const many = calls(stage, 100, 'many')
  await waiting(stage, 100 - LIMIT)
  const few = calls(stage, 10, 'few')
  await waiting(stage, 110 - LIMIT)
  stage.open()
  expect(await statusesOf([...many, ...few])).toEqual(all(200, 110))
  const users = usersOf(stage)
  const ofMany = users.slice(0, users.lastIndexOf('few')).filter((user) => user === 'many').length
  // Those of `many` that were sent before `few`, and those beside its last ones.
  expect(ofMany).toBeGreaterThanOrEqual(10 - LIMIT)
  expect(ofMany).toBeLessThanOrEqual(10 + 3 * LIMIT)
})

test('a client that disconnects while it is queued causes no upstream request', async () => {
  const stage = await scene({}, { maxConcurrency: LIMIT })
  const inFlight = calls(stage, LIMIT)
  await eventually(() => stage.upstream.calls.length === LIMIT)
  const disconnect = new AbortController()
  const left = fetch(`${stage.gateway.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${KEY}` },
    body: JSON.stringify(chat('Never mind', { user: 'disconnect' })),
    signal: disconnect.signal,
  }).catch((error: Error) => error.name)
  await waiting(stage, 1)
  disconnect.abort()
  expect(await left).toBe('AbortError')
  await waiting(stage, 0)
  const last = call(stage, 'last')
  await waiting(stage, 1)
  stage.open()
  expect(await statusesOf([...inFlight, last])).toEqual(all(200, LIMIT + 1))
  expect(usersOf(stage)).toEqual([...'uuuu', 'last'])
})

test('a client is rejected at once if the expected wait exceeds its timeout, and the message says so', async () => {
  const stage = await scene({}, { maxConcurrency: LIMIT })
  const first = call(stage)
  await eventually(() => stage.upstream.calls.length === 1)
  await Bun.sleep(1000) // the minimum duration of the first request
  stage.open(1)
  await first // Sluice knows the duration from here on
  const inFlight = calls(stage, LIMIT)
  await eventually(() => stage.upstream.calls.length === 1 + LIMIT)
  const { status, retryAfter, text } = await call(stage, 'u', { 'x-stainless-timeout': '0.1' })
  expect([status, retryAfter]).toEqual([429, expect.stringMatching(/^[1-9]\d*$/)])
  expect(text).toContain(`the wait would be too long for this request. Try again in about ${retryAfter}s.`)
  const refused = 'sluice_queue_refused_total{model="sim-1b",reason="wait"}'
  expect(series(await stage.gateway.metrics(), refused)).toBe(1)
  stage.open()
  expect(await statusesOf(inFlight)).toEqual(all(200, LIMIT))
})

test('adaptive concurrency starts with sixteen requests, and the limit rises when they succeed', async () => {
  const stage = await scene({ admission: { adaptiveConcurrency: true } })
  const first = calls(stage, 20)
  await waiting(stage, 4)
  await eventually(() => stage.upstream.calls.length === 16)
  await waiting(stage, 4)
  stage.open()
  expect(await statusesOf(first)).toEqual(all(200, 20))
  const limit = `sluice_endpoint_limit{endpoint="gpu/${new URL(stage.upstream.url).host}"}`
  expect(series(await stage.gateway.metrics(), limit)).toBeGreaterThan(16)
  expect(await statusesOf(calls(stage, 100))).toEqual(all(200, 100))
})
