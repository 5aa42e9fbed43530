// A second endpoint beside a slow one: who answers, what the other one sees, and what it costs.
import { afterEach, describe, expect, test } from 'bun:test'
import { chat, eventually, inBatches, KEY, series, startGateway, type TestGateway } from './gateway.ts'
import {
  after,
  answer,
  type ScriptedResponse,
  refusal,
  type ScriptedUpstream,
  startScriptedUpstream,
  stream,
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
  /** What they say from now on. */
  say(first: ScriptedResponse, second: ScriptedResponse): void
  readonly id: { readonly first: string; readonly second: string }
}

/**
 * Two endpoints; the second has no weight, so that it is never asked first. So many quick calls have gone before that the
 * budget has a hedge to spend.
 */
async function scene(model: object = {}, more: object = {}, isStream = true): Promise<Scene> {
  let lines: readonly ScriptedResponse[] = [quick[`${isStream}`], quick[`${isStream}`]]
  const [first, second] = [
    startScriptedUpstream((signal) => lines[0]!(signal)),
    startScriptedUpstream((signal) => lines[1]!(signal)),
  ]
  const gateway = await startGateway({
    providers: { gpu: { type: 'vllm', endpoints: [first.url, { url: second.url, weight: 0 }] } },
    models: { 'sim-1b': { targets: ['gpu/m'], hedge: '60ms', ...model } },
    ...more,
  })
  stops.push(first.stop, second.stop, () => gateway.stop())
  await inBatches(Array.from({ length: 60 }), () => ask(gateway, { stream: isStream }), 4)
  const counted = first.calls.length
  first.calls.splice(0, counted)
  second.calls.splice(0)
  const say = (...next: ScriptedResponse[]) => void (lines = next)
  const idOf = ({ url }: ScriptedUpstream) => `gpu/${new URL(url).host}`
  return { gateway, first, second, say, id: { first: idOf(first), second: idOf(second) } }
}

async function ask(gateway: TestGateway, more: object = {}) {
  const startedMs = performance.now()
  const response = await gateway.post('/v1/chat/completions', chat('x', { stream: true, ...more }))
  const text = await response.text()
  const { headers, status } = response
  return {
    status,
    text,
    attempts: headers.get('x-sluice-attempts'),
    endpoint: headers.get('x-sluice-endpoint'),
    tookMs: performance.now() - startedMs,
  }
}

const hedges = async (gateway: TestGateway) => {
  const metrics = await gateway.metrics()
  return ['sluice_hedges_total', 'sluice_hedges_won_total'].map((name) => series(metrics, `${name}{model="sim-1b"}`))
}

async function nothingLeft({ gateway, id }: Scene) {
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
  const says = (text: string) => both(text)[`${isStream}`]

  test('the second answers when the first is slow, and the first is cut without blame', async () => {
    const stage = await scene({}, {}, isStream)
    stage.say(after(3000, says('slow')), says('second'))
    const { status, text, attempts, endpoint, tookMs } = await ask(stage.gateway, { stream: isStream })
    expect([status, attempts, endpoint]).toEqual([200, '2', stage.id.second])
    expect(text).toContain('second')
    expect(tookMs).toBeWithin(55, 1500)
    await eventually(() => stage.first.calls[0]!.signal.aborted)
    expect(stage.second.calls[0]!.signal.aborted).toBe(false)
    expect(await hedges(stage.gateway)).toEqual([1, 1])
    await nothingLeft(stage)
    const well = { state: 'ready', failures: 0 }
    expect(await healthOf(stage)).toEqual({ first: well, second: well })
    const metrics = await stage.gateway.metrics()
    expect(metrics).not.toContain('hedge_lost')
    expect(metrics).not.toContain('llm_provider_errors_total{')
    expect(series(metrics, 'llm_provider_latency_seconds_count{provider="gpu",model="sim-1b"}')).toBe(61)
  })

  test('the first answers when it is faster after all, and the second is cut', async () => {
    const stage = await scene({}, {}, isStream)
    stage.say(after(200, says('first')), after(3000, says('slow')))
    const { text, attempts, endpoint } = await ask(stage.gateway, { stream: isStream })
    expect([attempts, endpoint]).toEqual(['2', stage.id.first])
    expect(text).toContain('first')
    await eventually(() => stage.second.calls[0]!.signal.aborted)
    expect(await hedges(stage.gateway)).toEqual([1, 0])
    await nothingLeft(stage)
  })

  test('no second is asked when the first is in time', async () => {
    const stage = await scene({ hedge: '2s' }, {}, isStream)
    stage.say(after(30, says('first')), says('second'))
    expect((await ask(stage.gateway, { stream: isStream })).attempts).toBe('1')
    expect(stage.second.calls).toEqual([])
    expect(await hedges(stage.gateway)).toEqual([0, 0])
  })
})

test('an endpoint that is always cut is still known to be slow', async () => {
  const stage = await scene({ policy: 'latency' }, {}, true)
  stage.gateway.write({
    providers: { gpu: { type: 'vllm', endpoints: [stage.first.url, stage.second.url] } },
    models: { 'sim-1b': { targets: ['gpu/m'], hedge: '60ms', policy: 'latency' } },
  })
  await stage.gateway.reload('admin')
  await inBatches(Array.from({ length: 60 }), () => ask(stage.gateway), 2)
  stage.first.calls.splice(0)
  stage.say(after(3000, stream('slow')), stream('second'))
  await inBatches(Array.from({ length: 20 }), () => ask(stage.gateway), 1)
  expect(stage.first.calls.length).toBeLessThan(5)
})

describe('one of two that fails', () => {
  test.each<[string, ScriptedResponse, ScriptedResponse, object]>([
    [
      'the first, and the second answers',
      after(150, refusal(500)),
      after(400, stream('second')),
      { status: 200, attempts: '2' },
    ],
    ['the second, and the first answers', after(300, stream('first')), refusal(500), { status: 200, attempts: '2' }],
    [
      'the first by the fault of the call',
      after(150, refusal(400)),
      after(3000, stream('second')),
      { status: 400, attempts: '2' },
    ],
    ['the second by the fault of the call', after(3000, stream('first')), refusal(400), { status: 400, attempts: '2' }],
  ])('%s', async (_title, first, second, expected) => {
    const stage = await scene({ retries: 0 })
    stage.say(first, second)
    const outcome = await ask(stage.gateway)
    expect(outcome).toMatchObject(expected)
    expect(outcome.tookMs).toBeLessThan(2000)
    await nothingLeft(stage)
  })

  test('and the other too is a failure, after which the call is tried again', async () => {
    const stage = await scene({ retries: 1 })
    stage.say(after(150, refusal(500)), after(100, refusal(503)))
    expect(await ask(stage.gateway)).toMatchObject({ attempts: '3' })
    expect(await hedges(stage.gateway)).toEqual([1, 0])
    await nothingLeft(stage)
  })
})

describe('no second endpoint is asked', () => {
  const slow = after(250, stream('first'))

  test.each<[string, object, object, object]>([
    ['unless the model wants it', { hedge: 'off' }, {}, {}],
    ['for a call that the provider stores', {}, {}, { store: true }],
    ['when the call has had its attempts', {}, { calls: { maxAttempts: 1 } }, {}],
  ])('%s', async (_title, model, more, body) => {
    const stage = await scene(model, more)
    stage.say(slow, stream('second'))
    expect(await ask(stage.gateway, body)).toMatchObject({ status: 200, attempts: '1', endpoint: stage.id.first })
    expect(stage.second.calls).toEqual([])
  })

  test('when it has no room', async () => {
    const stage = await scene()
    const [first, second] = [stage.first.url, stage.second.url]
    const endpoints = [first, { url: second, weight: 0, drain: true }]
    stage.gateway.write({
      providers: { gpu: { type: 'vllm', endpoints } },
      models: { 'sim-1b': { targets: ['gpu/m'], hedge: '60ms' } },
    })
    await stage.gateway.reload('admin')
    await inBatches(Array.from({ length: 40 }), () => ask(stage.gateway), 4)
    stage.say(slow, stream('second'))
    expect((await ask(stage.gateway)).attempts).toBe('1')
    expect(stage.second.calls).toEqual([])
  })

  test('when every place is taken', async () => {
    const stage = await scene()
    stage.gateway.write({
      providers: {
        gpu: { type: 'vllm', maxConcurrency: 1, endpoints: [stage.first.url, { url: stage.second.url, weight: 0 }] },
      },
      models: { 'sim-1b': { targets: ['gpu/m'], hedge: '60ms' } },
    })
    await stage.gateway.reload('admin')
    await inBatches(Array.from({ length: 60 }), () => ask(stage.gateway), 1)
    stage.second.calls.splice(0)
    stage.say(slow, after(250, stream('second')))
    const outcomes = await Promise.all([1, 2].map(() => ask(stage.gateway)))
    expect(outcomes.map(({ attempts, endpoint }) => [attempts, endpoint]).toSorted()).toEqual(
      [
        ['1', stage.id.first],
        ['1', stage.id.second],
      ].toSorted(),
    )
  })
})

test('a client that leaves cuts both', async () => {
  const stage = await scene()
  stage.say(after(3000, stream('first')), after(3000, stream('second')))
  const leaving = new AbortController()
  const call = fetch(`${stage.gateway.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${KEY}` },
    body: JSON.stringify(chat('x', { stream: true })),
    signal: leaving.signal,
  }).catch(() => undefined)
  await eventually(() => stage.second.calls.length === 1)
  leaving.abort()
  await call
  await eventually(() => [stage.first, stage.second].every(({ calls }) => calls[0]!.signal.aborted))
  await nothingLeft(stage)
})

test('a share of the calls is hedged and no more, however slow all are', async () => {
  const stage = await scene({ hedge: { after: '5ms', budget: '5%' } })
  const [before] = await hedges(stage.gateway)
  stage.say(after(30, stream('first')), after(30, stream('second')))
  await inBatches(Array.from({ length: 400 }), () => ask(stage.gateway), 16)
  const sent = (await hedges(stage.gateway))[0]!
  expect(sent).toBeLessThanOrEqual((60 + 400) * 0.05)
  expect(sent - before!).toBeGreaterThan(10)
  await nothingLeft(stage)
})

describe('the tail shrinks: one call in 40 is slow', () => {
  async function tail(hedge: string, calls = 240) {
    const stage = await scene({ hedge })
    let count = 0
    const sometimes: ScriptedResponse = (signal) =>
      (++count % 40 === 0 ? after(1500, stream('slow')) : quick.true)(signal)
    stage.say(sometimes, stream('second'))
    const took = await inBatches(Array.from({ length: calls }), async () => (await ask(stage.gateway)).tookMs, 4)
    const [sent, won] = await hedges(stage.gateway)
    await nothingLeft(stage)
    return { slow: took.filter((ms) => ms > 1000).length, sent: sent!, won: won! }
  }

  test('without hedging all of them are', async () =>
    expect(await tail('off', 80)).toEqual({ slow: 2, sent: 0, won: 0 }))

  test('with a time that only they take, none is', async () => {
    const { slow, sent, won } = await tail('400ms')
    expect(slow).toBe(0)
    expect(won).toBeGreaterThanOrEqual(6)
    expect(sent).toBeLessThanOrEqual(300 * 0.05)
  })

  test('with the 95th percentile few are, since quick calls use a part of the budget', async () => {
    const { slow, sent } = await tail('p95')
    expect(slow).toBeLessThan(4)
    expect(sent).toBeLessThanOrEqual(300 * 0.05)
  })
})
