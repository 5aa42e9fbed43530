// A second endpoint beside a slow one: which one responds, what the other one sees, and what it costs.
import { afterEach, describe, expect, test } from 'bun:test'
import { chat, eventually, inBatches, KEY, series, startGateway, type TestGateway } from './gateway.ts'
import {
  after,
  answer,
  type ScriptedResponse,
  never,
  refusal,
  type ScriptedUpstream,
  startScriptedUpstream,
  stream,
  when,
} from './scripted.ts'

const stops: (() => unknown)[] = []
afterEach(async () => {
  for (const stop of stops.splice(0).toReversed()) await stop()
})

const both = (text: string) => ({ true: stream(text), false: answer(text) })
const quick = both('quick')

interface Scene {
  readonly gateway: TestGateway
  readonly first: ScriptedUpstream
  readonly second: ScriptedUpstream
  /** Sets how the two respond from now on. */
  respond(first: ScriptedResponse, second: ScriptedResponse): void
  readonly id: { readonly first: string; readonly second: string }
  /** Hedges sent and won since the scene was set up. */
  hedges(): Promise<number[]>
  /** Requests before that, which earned the hedge budget. */
  readonly earningRequests: number
}

/** A quick response takes less, even on a busy machine: only responses that are meant to be late take longer. */
const HEDGE_MS = 400
const HEDGE = `${HEDGE_MS}ms`

/**
 * Two endpoints; the second has weight 0, so that it is never chosen first. Enough quick requests precede the test that
 * the budget allows a hedge.
 */
async function scene(model: object = {}, more: object = {}, isStream = true): Promise<Scene> {
  let lines: readonly ScriptedResponse[] = [quick[`${isStream}`], quick[`${isStream}`]]
  const [first, second] = [
    startScriptedUpstream((signal) => lines[0]!(signal)),
    startScriptedUpstream((signal) => lines[1]!(signal)),
  ]
  const gateway = await startGateway({
    providers: { gpu: { type: 'vllm', endpoints: [first.url, { url: second.url, weight: 0 }] } },
    models: { 'sim-1b': { targets: ['gpu/m'], hedge: HEDGE, ...model } },
    ...more,
  })
  stops.push(() => gateway.stop(), first.stop, second.stop)
  const earningRequests = 'hedge' in model ? await quickCalls(gateway, isStream) : await earnBudget(gateway, isStream)
  const [sentBefore, wonBefore] = await hedges(gateway)
  first.calls.splice(0)
  second.calls.splice(0)
  const respond = (...next: ScriptedResponse[]) => void (lines = next)
  const idOf = ({ url }: ScriptedUpstream) => `gpu/${new URL(url).host}`
  const since = async () => {
    const [sent, won] = await hedges(gateway)
    return [sent! - sentBefore!, won! - wonBefore!]
  }
  return {
    gateway,
    first,
    second,
    respond,
    id: { first: idOf(first), second: idOf(second) },
    hedges: since,
    earningRequests,
  }
}

async function quickCalls(gateway: TestGateway, isStream: boolean, size = 4): Promise<number> {
  return (await inBatches(Array.from({ length: 60 }), () => ask(gateway, { stream: isStream }), size)).length
}

/** Sends quick requests until the budget allows three hedges, even if a busy machine hedged some. Returns their number. */
async function earnBudget(gateway: TestGateway, isStream = true, size = 4): Promise<number> {
  const [before] = await hedges(gateway)
  for (let calls = 0; ;) {
    const earned = calls * 0.05
    calls += await quickCalls(gateway, isStream, size)
    if ((await hedges(gateway))[0]! - before! <= earned) return calls
  }
}

async function ask(gateway: TestGateway, more: object = {}) {
  const response = await gateway.post('/v1/chat/completions', chat('x', { stream: true, ...more }))
  const text = await response.text()
  const { headers, status } = response
  return {
    status,
    text,
    attempts: headers.get('x-sluice-attempts'),
    endpoint: headers.get('x-sluice-endpoint'),
  }
}

const hedges = async (gateway: TestGateway) => {
  const metrics = await gateway.metrics()
  return ['sluice_hedges_total', 'sluice_hedges_won_total'].map((name) => series(metrics, `${name}{model="sim-1b"}`))
}

async function nothingInFlight({ gateway, id }: Scene) {
  const names = [id.first, id.second].map((endpoint) => `sluice_endpoint_in_flight{endpoint="${endpoint}"}`)
  await eventually(async () => {
    const metrics = await gateway.metrics()
    return [...names, 'http_requests_in_flight'].every((name) => series(metrics, name) === 0)
  })
}

const healthOf = async ({ gateway, id }: Scene) => {
  const { endpoints } = (await (await gateway.get('/admin/endpoints')).json()) as {
    endpoints: { id: string; state: string; failures: number }[]
  }
  return Object.fromEntries(
    endpoints.map(({ id: each, state, failures }) => [each === id.first ? 'first' : 'second', { state, failures }]),
  )
}

describe.each([true, false])('stream: %p', (isStream) => {
  const saying = (text: string) => both(text)[`${isStream}`]

  test('the second endpoint responds if the first is slow, and the first is aborted without counting as a failure', async () => {
    const stage = await scene({}, {}, isStream)
    stage.respond(never, saying('second'))
    const latency = 'llm_provider_latency_seconds_count{provider="gpu",model="sim-1b"}'
    const before = series(await stage.gateway.metrics(), latency)
    const startedMs = performance.now()
    const { status, text, attempts, endpoint } = await ask(stage.gateway, { stream: isStream })
    expect([status, attempts, endpoint]).toEqual([200, '2', stage.id.second])
    expect(text).toContain('second')
    expect(stage.second.calls[0]!.atMs - startedMs).toBeGreaterThanOrEqual(HEDGE_MS - 1)
    await eventually(() => stage.first.calls[0]!.signal.aborted)
    expect(stage.second.calls[0]!.signal.aborted).toBe(false)
    expect(await stage.hedges()).toEqual([1, 1])
    await nothingInFlight(stage)
    const healthy = { state: 'ready', failures: 0 }
    expect(await healthOf(stage)).toEqual({ first: healthy, second: healthy })
    const metrics = await stage.gateway.metrics()
    expect(metrics).not.toContain('hedge_lost')
    expect(metrics).not.toContain('llm_provider_errors_total{')
    expect(series(metrics, latency) - before).toBe(1)
  })

  test('the first endpoint responds if it is faster after all, and the second is aborted', async () => {
    const stage = await scene({}, {}, isStream)
    stage.respond(
      when(() => stage.second.calls.length === 1, saying('first')),
      never,
    )
    const { text, attempts, endpoint } = await ask(stage.gateway, { stream: isStream })
    expect([attempts, endpoint]).toEqual(['2', stage.id.first])
    expect(text).toContain('first')
    await eventually(() => stage.second.calls[0]!.signal.aborted)
    expect(await stage.hedges()).toEqual([1, 0])
    await nothingInFlight(stage)
  })

  test('no hedge is sent if the first endpoint responds in time', async () => {
    const stage = await scene({ hedge: '10m' }, {}, isStream)
    stage.respond(after(30, saying('first')), saying('second'))
    expect((await ask(stage.gateway, { stream: isStream })).attempts).toBe('1')
    expect(stage.second.calls).toEqual([])
    expect(await stage.hedges()).toEqual([0, 0])
  })
})

test('an endpoint whose attempts are always aborted is still rated as slow', async () => {
  const stage = await scene({ policy: 'latency' }, {}, true)
  stage.gateway.write({
    providers: { gpu: { type: 'vllm', endpoints: [stage.first.url, stage.second.url] } },
    // Slower by far than the second is on a busy machine: it is the cut one that looks slow.
    models: { 'sim-1b': { targets: ['gpu/m'], hedge: '3s', policy: 'latency' } },
  })
  await stage.gateway.reload('admin')
  for (let time = 0; time < 2; time++) await earnBudget(stage.gateway, true, 2)
  stage.first.calls.splice(0)
  stage.respond(after(20_000, stream('slow')), stream('second'))
  await inBatches(Array.from({ length: 20 }), () => ask(stage.gateway), 1)
  expect(stage.first.calls.length).toBeLessThan(5)
})

describe('one of the two attempts fails:', () => {
  /** The failing upstream fails once both have the request; the other one responds later, or never. */
  test.each<[string, ScriptedResponse | undefined, ScriptedResponse | undefined, object]>([
    ['the first, and the second responds', refusal(500), stream('second'), { status: 200, attempts: '2' }],
    ['the second, and the first responds', stream('first'), refusal(500), { status: 200, attempts: '2' }],
    ['the first because of a bad request', refusal(400), undefined, { status: 400, attempts: '2' }],
    ['the second because of a bad request', undefined, refusal(400), { status: 400, attempts: '2' }],
  ])('%s', async (title, first, second, expected) => {
    const stage = await scene({ retries: 0 })
    const isFirst = title.startsWith('the first')
    const bothStarted = () => stage.second.calls.length === 1
    const inTurn = (line: ScriptedResponse | undefined, fails: boolean) =>
      line ? when(bothStarted, fails ? line : after(100, line)) : never
    stage.respond(inTurn(first, isFirst), inTurn(second, !isFirst))
    expect(await ask(stage.gateway)).toMatchObject(expected)
    await nothingInFlight(stage)
  })

  test('then the other one too, and the request is retried', async () => {
    const stage = await scene({ retries: 1 })
    stage.respond(
      when(() => stage.second.calls.length > 0, refusal(500)),
      when(() => stage.first.calls.length > 0, refusal(503)),
    )
    expect(await ask(stage.gateway)).toMatchObject({ attempts: '3' })
    expect(await stage.hedges()).toEqual([1, 0])
    await nothingInFlight(stage)
  })
})

describe('no hedge is sent', () => {
  const slow = after(HEDGE_MS + 200, stream('first'))

  test.each<[string, object, object, object]>([
    ['if the model turns hedging off', { hedge: 'off' }, {}, {}],
    ['for a request that the provider stores', {}, {}, { store: true }],
    ['if the request has used its attempts', {}, { requests: { maxAttempts: 1 } }, {}],
  ])('%s', async (_title, model, more, body) => {
    const stage = await scene(model, more)
    stage.respond(slow, stream('second'))
    expect(await ask(stage.gateway, body)).toMatchObject({ status: 200, attempts: '1', endpoint: stage.id.first })
    expect(stage.second.calls).toEqual([])
  })

  test('if the other endpoint is drained', async () => {
    const stage = await scene()
    const [first, second] = [stage.first.url, stage.second.url]
    const endpoints = [first, { url: second, weight: 0, drain: true }]
    stage.gateway.write({
      providers: { gpu: { type: 'vllm', endpoints } },
      models: { 'sim-1b': { targets: ['gpu/m'], hedge: HEDGE } },
    })
    await stage.gateway.reload('admin')
    await earnBudget(stage.gateway)
    stage.respond(slow, stream('second'))
    expect((await ask(stage.gateway)).attempts).toBe('1')
    expect(stage.second.calls).toEqual([])
  })

  test('if every endpoint is at its concurrency limit', async () => {
    const stage = await scene()
    stage.gateway.write({
      providers: {
        gpu: { type: 'vllm', maxConcurrency: 1, endpoints: [stage.first.url, { url: stage.second.url, weight: 0 }] },
      },
      models: { 'sim-1b': { targets: ['gpu/m'], hedge: HEDGE } },
    })
    await stage.gateway.reload('admin')
    await earnBudget(stage.gateway, true, 1)
    stage.first.calls.splice(0)
    stage.second.calls.splice(0)
    const bothBusy = () => stage.first.calls.length === 1 && stage.second.calls.length === 1
    stage.respond(when(bothBusy, slow), when(bothBusy, after(HEDGE_MS + 200, stream('second'))))
    const outcomes = await Promise.all([1, 2].map(() => ask(stage.gateway)))
    expect(outcomes.map(({ attempts, endpoint }) => [attempts, endpoint]).toSorted()).toEqual(
      [
        ['1', stage.id.first],
        ['1', stage.id.second],
      ].toSorted(),
    )
  })
})

test('a client that disconnects aborts both attempts', async () => {
  const stage = await scene()
  stage.respond(never, never)
  const disconnect = new AbortController()
  const call = fetch(`${stage.gateway.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${KEY}` },
    body: JSON.stringify(chat('x', { stream: true })),
    signal: disconnect.signal,
  }).catch(() => undefined)
  await eventually(() => stage.second.calls.length === 1)
  disconnect.abort()
  await call
  await eventually(() => [stage.first, stage.second].every(({ calls }) => calls[0]!.signal.aborted))
  await nothingInFlight(stage)
})

test('no more than the budgeted share of requests is hedged, however slow all are', async () => {
  const stage = await scene({ hedge: { after: '5ms', budget: '5%' } })
  const [before] = await hedges(stage.gateway)
  stage.respond(after(30, stream('first')), after(30, stream('second')))
  await inBatches(Array.from({ length: 400 }), () => ask(stage.gateway), 16)
  const sent = (await hedges(stage.gateway))[0]!
  expect(sent).toBeLessThanOrEqual((stage.earningRequests + 400) * 0.05)
  expect(sent - before!).toBeGreaterThan(10)
  await nothingInFlight(stage)
})

describe('if one request in 40 is slow,', () => {
  async function tail(hedge: string, slowMs: number, calls = 240) {
    const stage = await scene({ hedge })
    let count = 0
    const sometimes: ScriptedResponse = (signal) =>
      (++count % 40 === 0 ? after(slowMs, stream('slow')) : quick.true)(signal)
    stage.respond(sometimes, stream('second'))
    const texts = await inBatches(Array.from({ length: calls }), async () => (await ask(stage.gateway)).text, 4)
    const [sent, won] = await stage.hedges()
    expect((await hedges(stage.gateway))[0]).toBeLessThanOrEqual((stage.earningRequests + calls) * 0.05)
    await nothingInFlight(stage)
    return { slow: texts.filter((text) => text.includes('slow')).length, sent: sent!, won: won! }
  }

  test('all slow requests stay slow without hedging', async () =>
    expect(await tail('off', 50, 80)).toEqual({ slow: 2, sent: 0, won: 0 }))

  test('none stays slow with a delay that only slow requests exceed', async () => {
    const { slow, won } = await tail(HEDGE, 20_000)
    expect(slow).toBe(0)
    expect(won).toBeGreaterThanOrEqual(6)
  })

  // How few of them stay slow is tested in simulated time beside routing/hedging.ts.
  test('the 95th percentile as the delay keeps within the budget', async () => {
    const { sent } = await tail('p95', 1000)
    expect(sent).toBeGreaterThan(0)
  })
})
