// More calls than a pool can take, over real sockets: who is served, in which order, and who is told to come back when.
// How long they take is measured by `bun bench/overload.ts`, and in simulated time beside routing/admission/.
import { afterEach, expect, test } from 'bun:test'
import { chat, eventually, KEY, oneModel, series, startGateway, type TestGateway } from './gateway.ts'
import { answer, type Scripted, scripted, when } from './scripted.ts'

const PLACES = 4

const stops: (() => unknown)[] = []
afterEach(async () => {
  for (const stop of stops.splice(0).toReversed()) await stop()
})

interface Scene {
  readonly upstream: Scripted
  readonly gateway: TestGateway
  /** The upstream answers its first `count` calls, also those that it has had before. */
  open(count?: number): void
  /** The most calls that the upstream has had at once. */
  most(): number
}

/** One upstream that answers when the test says so. */
async function scene(model: object, provider: object = {}): Promise<Scene> {
  let [asked, allowed, running, most] = [0, 0, 0, 0]
  const upstream = scripted(async (signal) => {
    const at = asked++
    most = Math.max(most, ++running)
    const response = await when(() => at < allowed, answer('yes'))(signal)
    running--
    return response
  })
  const gateway = await startGateway(oneModel([upstream.url], model, provider))
  stops.push(upstream.stop, () => gateway.stop())
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

test('of more than the pool can take as many are under way as it can, high ones go first, and the rest is told at once', async () => {
  const stage = await scene({ admission: { maxQueued: 8 } }, { maxConcurrency: PLACES })
  const inPlace = calls(stage, PLACES)
  await eventually(() => stage.upstream.calls.length === PLACES)
  const queued = calls(stage, 8)
  await waiting(stage, 8)
  const refused = await Promise.all(calls(stage, 5)) // while nobody has been answered
  expect(refused.map(({ status }) => status)).toEqual(all(429, 5))
  for (const { retryAfter } of refused) expect(retryAfter).toMatch(/^[1-9]\d*$/)

  const high = calls(stage, 3, 'high', { 'x-sluice-priority': 'high' })
  await waiting(stage, 3, 'high')
  await waiting(stage, 5)
  expect(stage.upstream.calls).toHaveLength(PLACES)
  stage.open(PLACES)
  expect(await statusesOf(inPlace)).toEqual(all(200, PLACES))
  await eventually(() => stage.upstream.calls.length === 2 * PLACES)
  expect(usersOf(stage).slice(PLACES).toSorted()).toEqual(['high', 'high', 'high', 'u'])
  stage.open()
  expect(await statusesOf(high)).toEqual(all(200, 3))
  expect((await statusesOf(queued)).toSorted()).toEqual([...all(200, 5), ...all(429, 3)])
  expect(stage.upstream.calls).toHaveLength(PLACES + 3 + 5)
  expect(stage.most()).toBe(PLACES)
  const metrics = await stage.gateway.metrics()
  const total = (reason: string) => series(metrics, `sluice_queue_refused_total{model="sim-1b",reason="${reason}"}`)
  expect([total('full'), total('displaced')]).toEqual([5, 3])
})

test('two callers who ask ten to one are served one to one', async () => {
  const stage = await scene({}, { maxConcurrency: PLACES })
  const many = calls(stage, 100, 'many')
  await waiting(stage, 100 - PLACES)
  const few = calls(stage, 10, 'few')
  await waiting(stage, 110 - PLACES)
  stage.open()
  expect(await statusesOf([...many, ...few])).toEqual(all(200, 110))
  const users = usersOf(stage)
  const ofMany = users.slice(0, users.lastIndexOf('few')).filter((user) => user === 'many').length
  // Those of `many` that were there before `few` came, and those beside its last ones.
  expect(ofMany).toBeGreaterThanOrEqual(10 - PLACES)
  expect(ofMany).toBeLessThanOrEqual(10 + 3 * PLACES)
})

test('a client that leaves while it waits costs the upstream nothing', async () => {
  const stage = await scene({}, { maxConcurrency: PLACES })
  const inPlace = calls(stage, PLACES)
  await eventually(() => stage.upstream.calls.length === PLACES)
  const leaver = new AbortController()
  const left = fetch(`${stage.gateway.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${KEY}` },
    body: JSON.stringify(chat('Never mind', { user: 'leaver' })),
    signal: leaver.signal,
  }).catch((error: Error) => error.name)
  await waiting(stage, 1)
  leaver.abort()
  expect(await left).toBe('AbortError')
  await waiting(stage, 0)
  const last = call(stage, 'last')
  await waiting(stage, 1)
  stage.open()
  expect(await statusesOf([...inPlace, last])).toEqual(all(200, PLACES + 1))
  expect(usersOf(stage)).toEqual([...'uuuu', 'last'])
})

test('who says how long it can wait is refused when it would be longer, and told so in words', async () => {
  const stage = await scene({}, { maxConcurrency: PLACES })
  const first = call(stage)
  await eventually(() => stage.upstream.calls.length === 1)
  await Bun.sleep(1000) // so long it takes, at least
  stage.open(1)
  await first // how long they take is known from here on
  const inPlace = calls(stage, PLACES)
  await eventually(() => stage.upstream.calls.length === 1 + PLACES)
  const { status, retryAfter, text } = await call(stage, 'u', { 'x-stainless-timeout': '0.1' })
  expect([status, retryAfter]).toEqual([429, expect.stringMatching(/^[1-9]\d*$/)])
  expect(text).toContain(`the wait would be too long for this request. Try again in about ${retryAfter}s.`)
  const refused = 'sluice_queue_refused_total{model="sim-1b",reason="wait"}'
  expect(series(await stage.gateway.metrics(), refused)).toBe(1)
  stage.open()
  expect(await statusesOf(inPlace)).toEqual(all(200, PLACES))
})

test('a server whose limit is learned gets sixteen calls at first, and more when they do well', async () => {
  const stage = await scene({ admission: { adaptiveConcurrency: true } })
  const first = calls(stage, 20)
  await waiting(stage, 4)
  expect(stage.upstream.calls).toHaveLength(16)
  stage.open()
  expect(await statusesOf(first)).toEqual(all(200, 20))
  const limit = `sluice_endpoint_limit{endpoint="gpu/${new URL(stage.upstream.url).host}"}`
  expect(series(await stage.gateway.metrics(), limit)).toBeGreaterThan(16)
  expect(await statusesOf(calls(stage, 100))).toEqual(all(200, 100))
})
