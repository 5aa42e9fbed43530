// How often, when and where a call that failed is tried again, over real sockets.
import { afterEach, describe, expect, test } from 'bun:test'
import { chat, eventually, oneModel, series, startGateway, type TestGateway } from './gateway.ts'
import { answer, type Line, refusal, type Scripted, scripted, stream } from './scripted.ts'

const stops: (() => unknown)[] = []
afterEach(async () => {
  for (const stop of stops.splice(0).toReversed()) await stop()
})

/** A gateway with one model on upstreams that say what their lines tell them. */
async function gatewayOn(scripts: readonly (readonly Line[])[], model: object = {}, more: object = {}) {
  const upstreams = scripts.map((lines) => scripted(...lines))
  const gateway = await startGateway({
    ...oneModel(
      upstreams.map(({ url }) => url),
      { policy: 'round_robin', ...model },
    ),
    ...more,
  })
  stops.push(...upstreams.map(({ stop }) => stop), () => gateway.stop())
  return { gateway, upstreams }
}

const ask = async (gateway: TestGateway, more: object = {}, init: Record<string, string> = {}) => {
  const response = await gateway.post('/v1/chat/completions', chat('x', more), init)
  const text = await response.text()
  const attempts = Number(response.headers.get('x-sluice-attempts'))
  return { status: response.status, headers: response.headers, text, attempts }
}

const counts = (upstreams: readonly Scripted[]) => upstreams.map(({ calls }) => calls.length)

describe('a time that the upstream names', () => {
  test.each([
    [429, 'upstream_rate_limited'],
    [503, 'upstream_overloaded'],
  ])('is waited for when it is short (%p)', async (status) => {
    const { gateway, upstreams } = await gatewayOn([[refusal(status, { 'retry-after-ms': '150' }), answer('yes')]])
    const { status: given, attempts } = await ask(gateway)
    expect([given, attempts]).toEqual([200, 2])
    const [first, second] = upstreams[0]!.calls
    expect(second!.atMs - first!.atMs).toBeGreaterThanOrEqual(145)
  })

  test('is waited for by calls that come meanwhile, too', async () => {
    const { gateway } = await gatewayOn([[refusal(429, { 'retry-after-ms': '150' }), answer('yes')]])
    const first = ask(gateway)
    await eventually(async () => (await gateway.metrics()).includes('code="upstream_rate_limited"} 1'))
    expect(await ask(gateway)).toMatchObject({ status: 200, attempts: 1 })
    expect(await first).toMatchObject({ status: 200, attempts: 2 })
  })

  test('of the first that is free again counts, when all want time', async () => {
    const late = refusal(429, { 'retry-after': '60' })
    const { gateway, upstreams } = await gatewayOn([[late], [refusal(429, { 'retry-after-ms': '100' }), answer('yes')]])
    expect(await ask(gateway)).toMatchObject({ status: 200, attempts: 3 })
    expect(counts(upstreams)).toEqual([1, 2])
  })

  test.each<[string, object, Record<string, string>, string]>([
    ['more than a call may wait', { maxRetryWait: '50s' }, {}, '70'],
    ['more than the time of the call', { maxRetryWait: '2m', timeouts: { total: '30s' } }, {}, '70'],
    ['more than its caller gives', { maxRetryWait: '2m' }, { 'x-sluice-timeout': '40s' }, '70'],
    ['more than its client waits', { maxRetryWait: '2m' }, { 'x-stainless-timeout': '40' }, '70'],
    ['anything, where none may wait', { maxRetryWait: '0s' }, {}, '0.05'],
    ['anything, where none is retried', { retriesOn: { rateLimit: 0 } }, {}, '0.05'],
  ])('is told to the client when it is %s', async (_title, model, headers, seconds) => {
    const { gateway, upstreams } = await gatewayOn([[refusal(429, { 'retry-after': seconds })]], model)
    const { status, headers: given, attempts } = await ask(gateway, {}, headers)
    expect([status, given.get('retry-after')]).toEqual([429, String(Math.ceil(Number(seconds)))])
    expect([attempts, counts(upstreams)]).toEqual([1, [1]])
  })

  test.each([0, 1])('is that of the pool, not of the last one asked (%i)', async (early) => {
    const upstreams = [0, 1].map((at) => scripted(refusal(429, { 'retry-after': at === early ? '30' : '60' })))
    const [first, last] = upstreams.map(({ url }) => url)
    const gateway = await startGateway(oneModel([first!, { url: last, weight: 0 } as never]))
    stops.push(...upstreams.map(({ stop }) => stop), () => gateway.stop())
    expect(await ask(gateway)).toMatchObject({ status: 429, attempts: 2 })
    expect((await ask(gateway)).headers.get('retry-after')).toBe('30')
  })

  test.each([0, 1])('is that of the pool also in the answer of the last one asked (%i)', async (early) => {
    const upstreams = [0, 1].map((at) => scripted(refusal(429, { 'retry-after': at === early ? '30' : '60' })))
    const [first, last] = upstreams.map(({ url }) => url)
    const gateway = await startGateway(oneModel([first!, { url: last, weight: 0 } as never], { retries: 1 }))
    stops.push(...upstreams.map(({ stop }) => stop), () => gateway.stop())
    const { attempts, headers } = await ask(gateway)
    expect([attempts, headers.get('retry-after')]).toEqual([2, '30'])
  })

  test('is not waited for while there is another model to ask', async () => {
    const { gateway, upstreams } = await gatewayOn([[refusal(429, { 'retry-after-ms': '500' })], [answer('other')]])
    gateway.write({
      providers: {
        gpu: { type: 'vllm', endpoints: [upstreams[0]!.url] },
        spare: { type: 'vllm', endpoints: [upstreams[1]!.url] },
      },
      models: { 'sim-1b': { targets: ['gpu/m'], fallbacks: ['second'] }, second: 'spare/m' },
    })
    await gateway.reload('admin')
    const { headers, attempts } = await ask(gateway)
    expect([headers.get('x-sluice-model'), attempts]).toEqual(['second', 2])
    expect(counts(upstreams)).toEqual([1, 1])
  })

  test('is not waited for by a client that has left', async () => {
    const { gateway, upstreams } = await gatewayOn([
      [refusal(429, { 'retry-after-ms': '400' }), answer('read by the next')],
    ])
    const leaving = new AbortController()
    const call = fetch(`${gateway.url}/v1/chat/completions`, {
      method: 'POST',
      headers: { authorization: 'Bearer sk-test-master' },
      body: JSON.stringify(chat('x')),
      signal: leaving.signal,
    }).catch(() => undefined)
    await eventually(() => counts(upstreams)[0] === 1)
    await eventually(async () => (await gateway.metrics()).includes('code="upstream_rate_limited"} 1'))
    leaving.abort()
    await call
    await eventually(async () => series(await gateway.metrics(), 'http_requests_in_flight') === 0)
    expect(series(await gateway.metrics(), 'sluice_errors_total{code="client_closed"}')).toBe(1)
    expect(await ask(gateway)).toMatchObject({ status: 200, attempts: 1 }) // it waits no less than the other would have
    expect(counts(upstreams)).toEqual([2])
  })
})

describe('an endpoint is asked again', () => {
  test('only when every other one has been asked', async () => {
    const bad = [refusal(500)]
    const { gateway, upstreams } = await gatewayOn([bad, bad, bad], { retries: 5 })
    expect(await ask(gateway)).toMatchObject({ status: 500, attempts: 6 })
    const order = upstreams
      .flatMap(({ calls }, at) => calls.map(({ atMs }) => ({ at, atMs })))
      .toSorted((a, b) => a.atMs - b.atMs)
    expect(
      order
        .slice(0, 3)
        .map(({ at }) => at)
        .toSorted(),
    ).toEqual([0, 1, 2])
    expect(
      order
        .slice(3)
        .map(({ at }) => at)
        .toSorted(),
    ).toEqual([0, 1, 2])
  })

  test('without those whose failure cannot be over', async () => {
    const { gateway, upstreams } = await gatewayOn([[() => new Response('<html>')], [refusal(500)]], { retries: 4 })
    expect(await ask(gateway)).toMatchObject({ status: 500, attempts: 5 })
    expect(counts(upstreams)).toEqual([1, 4])
  })

  test('not when its account is empty, though nobody remembers that of a model that callers choose', async () => {
    const upstream = scripted(refusal(429, {}, { code: 'insufficient_quota' }))
    const gateway = await startGateway({
      providers: { gpu: { type: 'vllm', endpoints: [upstream.url] } },
      models: { '*': 'gpu/*' },
    })
    stops.push(upstream.stop, () => gateway.stop())
    expect(await ask(gateway)).toMatchObject({ status: 429, attempts: 1 })
  })

  test.each([
    ['a server error', refusal(500), 3],
    ['a bad gateway', refusal(502), 3],
    ['an overload without a time', refusal(503), 3],
    ['a refused key', refusal(401), 1],
    ['an unknown model', refusal(404), 1],
    ['an answer that is none', () => new Response('<html>'), 1],
    ['a timeout of its own', refusal(408), 1],
    ['a bad request', refusal(400), 1],
    ['an account without money', refusal(429, {}, { code: 'insufficient_quota' }), 1],
  ] as const)('after %s', async (_title, line, attempts) => {
    const { gateway, upstreams } = await gatewayOn([[line]], { maxRetryWait: '30s' })
    expect((await ask(gateway)).attempts).toBe(attempts)
    expect(counts(upstreams)).toEqual([attempts])
  })

  test('until it answers', async () => {
    const { gateway } = await gatewayOn([[refusal(500), refusal(500), stream('yes')]])
    expect(await ask(gateway, { stream: true })).toMatchObject({ status: 200, attempts: 3 })
  })
})

test.each([
  ['connection', refusal(500), 4],
  ['server', refusal(500), 1],
  ['timeout', refusal(408), 1],
  ['rateLimit', refusal(429, { 'retry-after-ms': '1' }), 1],
  ['overload', refusal(529), 1],
  ['credentials', refusal(403), 1],
] as const)('failures of the kind %s have a number of retries of their own', async (kind, line, attempts) => {
  const { gateway } = await gatewayOn([[line], [line], [line], [line]], { retries: 3, retriesOn: { [kind]: 0 } })
  expect((await ask(gateway)).attempts).toBe(attempts)
})

describe('one call has a number of attempts', () => {
  const why = 'No further attempt: the request has used its 3 attempts (requests.maxAttempts).'
  const requests = { maxAttempts: 3 }

  test('over its retries', async () => {
    const { gateway, upstreams } = await gatewayOn([[refusal(500)]], { retries: 10 }, { requests })
    const { status, attempts, text } = await ask(gateway)
    expect([status, attempts]).toEqual([500, 3])
    expect(JSON.parse(text)).toMatchObject({ error: { message: `Status 500. ${why}`, type: 'x' } })
    expect(counts(upstreams)).toEqual([3])
    expect(series(await gateway.metrics(), 'llm_rate_limit_exceeded_total{scope="attempts"}')).toBe(1)
  })

  test('over its fallbacks', async () => {
    const bad = scripted(refusal(500))
    stops.push(bad.stop)
    const models = ['a', 'b', 'c', 'd', 'e'].map((name) => [name, { targets: ['gpu/m'], retries: 0 }] as const)
    const gateway = await startGateway({
      requests,
      providers: { gpu: { type: 'vllm', endpoints: [bad.url] } },
      models: { ...Object.fromEntries(models), a: { targets: ['gpu/m'], retries: 1, fallbacks: ['b', 'c', 'd', 'e'] } },
    })
    stops.push(() => gateway.stop())
    const { attempts, text } = await ask(gateway, { model: 'a' })
    expect([attempts, bad.calls.length]).toEqual([3, 3])
    expect(text).toContain(why)
  })

  test('over what goes on with its stream', async () => {
    const cut = () =>
      new Response(
        'data: {"id":"c1","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":{"role":"assistant","content":"and "},"finish_reason":null}]}\n\n',
        { headers: { 'content-type': 'text/event-stream' } },
      )
    const { gateway, upstreams } = await gatewayOn([[cut], [cut], [cut], [cut]], {}, { requests: { maxAttempts: 2 } })
    const { text } = await ask(gateway, { stream: true })
    expect(text).toContain('upstream_cut')
    expect(counts(upstreams).reduce((sum, count) => sum + count)).toBe(2)
  })
})

test('a call that waits for its retry holds no place at the endpoint', async () => {
  const { gateway, upstreams } = await gatewayOn([[refusal(429, { 'retry-after-ms': '1000' }), answer('yes')]], {
    admission: { maxQueued: 0 },
  })
  const call = ask(gateway)
  await eventually(() => counts(upstreams)[0] === 1)
  await eventually(
    async () =>
      series(
        await gateway.metrics(),
        `sluice_endpoint_in_flight{endpoint="gpu/${new URL(upstreams[0]!.url).host}"}`,
      ) === 0,
  )
  expect((await call).status).toBe(200)
})
