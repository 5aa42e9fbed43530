// A second endpoint beside a slow one: who answers, what the other one sees, and what it costs.
import { afterEach, describe, expect, test } from 'bun:test'
import { chat, eventually, inBatches, KEY, series, startGateway, type TestGateway } from './gateway.ts'
import { after, answer, type Line, never, refusal, type Scripted, scripted, stream, when } from './scripted.ts'

const stops: (() => unknown)[] = []
afterEach(async () => {
  for (const stop of stops.splice(0).toReversed()) await stop()
})

const both = (text: string) => ({ true: stream(text), false: answer(text) })
const quick = both('quick')

interface Scene {
  readonly gateway: TestGateway
  readonly first: Scripted
  readonly second: Scripted
  /** What they say from now on. */
  say(first: Line, second: Line): void
  readonly id: { readonly first: string; readonly second: string }
  /** Hedges sent and won since the scene was set. */
  hedges(): Promise<number[]>
  /** Calls before that. */
  readonly earning: number
}

/** Long for a quick answer, even on a busy machine: only those that are meant to be late are. */
const HEDGE_MS = 400
const HEDGE = `${HEDGE_MS}ms`

/**
 * Two endpoints; the second has no weight, so that it is never asked first. So many quick calls have gone before that the
 * budget has a hedge to spend.
 */
async function scene(model: object = {}, more: object = {}, isStream = true): Promise<Scene> {
  let lines: readonly Line[] = [quick[`${isStream}`], quick[`${isStream}`]]
  const [first, second] = [scripted((signal) => lines[0]!(signal)), scripted((signal) => lines[1]!(signal))]
  const gateway = await startGateway({
    providers: { gpu: { type: 'vllm', endpoints: [first.url, { url: second.url, weight: 0 }] } },
    models: { 'sim-1b': { targets: ['gpu/m'], hedge: HEDGE, ...model } },
    ...more,
  })
  stops.push(() => gateway.stop(), first.stop, second.stop)
  const earning = 'hedge' in model ? await quickCalls(gateway, isStream) : await earn(gateway, isStream)
  const [sentBefore, wonBefore] = await hedges(gateway)
  first.calls.splice(0)
  second.calls.splice(0)
  const say = (...next: Line[]) => void (lines = next)
  const idOf = ({ url }: Scripted) => `gpu/${new URL(url).host}`
  const since = async () => {
    const [sent, won] = await hedges(gateway)
    return [sent! - sentBefore!, won! - wonBefore!]
  }
  return { gateway, first, second, say, id: { first: idOf(first), second: idOf(second) }, hedges: since, earning }
}

async function quickCalls(gateway: TestGateway, isStream: boolean, size = 4): Promise<number> {
  return (await inBatches(Array.from({ length: 60 }), () => ask(gateway, { stream: isStream }), size)).length
}

/** Quick calls, until the budget has three hedges, whatever a busy machine has made of some of them; how many. */
async function earn(gateway: TestGateway, isStream = true, size = 4): Promise<number> {
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
    stage.say(never, says('second'))
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
    await nothingLeft(stage)
    const well = { state: 'ready', failures: 0 }
    expect(await healthOf(stage)).toEqual({ first: well, second: well })
    const metrics = await stage.gateway.metrics()
    expect(metrics).not.toContain('hedge_lost')
    expect(metrics).not.toContain('llm_provider_errors_total{')
    expect(series(metrics, latency) - before).toBe(1)
  })

  test('the first answers when it is faster after all, and the second is cut', async () => {
    const stage = await scene({}, {}, isStream)
    stage.say(
      when(() => stage.second.calls.length === 1, says('first')),
      never,
    )
    const { text, attempts, endpoint } = await ask(stage.gateway, { stream: isStream })
    expect([attempts, endpoint]).toEqual(['2', stage.id.first])
    expect(text).toContain('first')
    await eventually(() => stage.second.calls[0]!.signal.aborted)
    expect(await stage.hedges()).toEqual([1, 0])
    await nothingLeft(stage)
  })

  test('no second is asked when the first is in time', async () => {
    const stage = await scene({ hedge: '10m' }, {}, isStream)
    stage.say(after(30, says('first')), says('second'))
    expect((await ask(stage.gateway, { stream: isStream })).attempts).toBe('1')
    expect(stage.second.calls).toEqual([])
    expect(await stage.hedges()).toEqual([0, 0])
  })
})

test('an endpoint that is always cut is still known to be slow', async () => {
  const stage = await scene({ policy: 'latency' }, {}, true)
  stage.gateway.write({
    providers: { gpu: { type: 'vllm', endpoints: [stage.first.url, stage.second.url] } },
    // Slower by far than the second is on a busy machine: it is the cut one that looks slow.
    models: { 'sim-1b': { targets: ['gpu/m'], hedge: '3s', policy: 'latency' } },
  })
  await stage.gateway.reload('admin')
  for (let time = 0; time < 2; time++) await earn(stage.gateway, true, 2)
  stage.first.calls.splice(0)
  stage.say(after(20_000, stream('slow')), stream('second'))
  await inBatches(Array.from({ length: 20 }), () => ask(stage.gateway), 1)
  expect(stage.first.calls.length).toBeLessThan(5)
})

describe('one of two that fails', () => {
  /** The upstream that fails first does so once both are asked; the other answers later, or never. */
  test.each<[string, Line | undefined, Line | undefined, object]>([
    ['the first, and the second answers', refusal(500), stream('second'), { status: 200, attempts: '2' }],
    ['the second, and the first answers', stream('first'), refusal(500), { status: 200, attempts: '2' }],
    ['the first by the fault of the call', refusal(400), undefined, { status: 400, attempts: '2' }],
    ['the second by the fault of the call', undefined, refusal(400), { status: 400, attempts: '2' }],
  ])('%s', async (title, first, second, expected) => {
    const stage = await scene({ retries: 0 })
    const isFirst = title.startsWith('the first')
    const bothAsked = () => stage.second.calls.length === 1
    const inTurn = (line: Line | undefined, fails: boolean) =>
      line ? when(bothAsked, fails ? line : after(100, line)) : never
    stage.say(inTurn(first, isFirst), inTurn(second, !isFirst))
    expect(await ask(stage.gateway)).toMatchObject(expected)
    await nothingLeft(stage)
  })

  test('and the other too is a failure, after which the call is tried again', async () => {
    const stage = await scene({ retries: 1 })
    stage.say(
      when(() => stage.second.calls.length > 0, refusal(500)),
      when(() => stage.first.calls.length > 0, refusal(503)),
    )
    expect(await ask(stage.gateway)).toMatchObject({ attempts: '3' })
    expect(await stage.hedges()).toEqual([1, 0])
    await nothingLeft(stage)
  })
})

describe('no second endpoint is asked', () => {
  const slow = after(HEDGE_MS + 200, stream('first'))

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
      models: { 'sim-1b': { targets: ['gpu/m'], hedge: HEDGE } },
    })
    await stage.gateway.reload('admin')
    await earn(stage.gateway)
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
      models: { 'sim-1b': { targets: ['gpu/m'], hedge: HEDGE } },
    })
    await stage.gateway.reload('admin')
    await earn(stage.gateway, true, 1)
    stage.first.calls.splice(0)
    stage.second.calls.splice(0)
    const bothTaken = () => stage.first.calls.length === 1 && stage.second.calls.length === 1
    stage.say(when(bothTaken, slow), when(bothTaken, after(HEDGE_MS + 200, stream('second'))))
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
  stage.say(never, never)
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
  expect(sent).toBeLessThanOrEqual((stage.earning + 400) * 0.05)
  expect(sent - before!).toBeGreaterThan(10)
  await nothingLeft(stage)
})

describe('the tail shrinks: one call in 40 is slow', () => {
  async function tail(hedge: string, slowMs: number, calls = 240) {
    const stage = await scene({ hedge })
    let count = 0
    const sometimes: Line = (signal) => (++count % 40 === 0 ? after(slowMs, stream('slow')) : quick.true)(signal)
    stage.say(sometimes, stream('second'))
    const texts = await inBatches(Array.from({ length: calls }), async () => (await ask(stage.gateway)).text, 4)
    const [sent, won] = await stage.hedges()
    expect((await hedges(stage.gateway))[0]).toBeLessThanOrEqual((stage.earning + calls) * 0.05)
    await nothingLeft(stage)
    return { slow: texts.filter((text) => text.includes('slow')).length, sent: sent!, won: won! }
  }

  test('without hedging all of them are', async () =>
    expect(await tail('off', 50, 80)).toEqual({ slow: 2, sent: 0, won: 0 }))

  test('with a time that only they take, none is', async () => {
    const { slow, won } = await tail(HEDGE, 20_000)
    expect(slow).toBe(0)
    expect(won).toBeGreaterThanOrEqual(6)
  })

  // How few of them are slow then, is shown in simulated time beside routing/hedging.ts.
  test('with the 95th percentile no more than the budget is spent on it', async () => {
    const { sent } = await tail('p95', 1000)
    expect(sent).toBeGreaterThan(0)
  })
})
