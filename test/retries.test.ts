// How often, when and where a failed request is retried, over real sockets.
import { afterEach, describe, expect, test } from 'bun:test'
import { chat, eventually, oneModel, series, startGateway, type TestGateway } from './gateway.ts'
import {
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

/** A gateway with one model, on one upstream per script. */
async function gatewayOn(scripts: readonly (readonly ScriptedResponse[])[], model: object = {}, more: object = {}) {
  const upstreams = scripts.map((lines) => startScriptedUpstream(...lines))
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

const counts = (upstreams: readonly ScriptedUpstream[]) => upstreams.map(({ calls }) => calls.length)

describe('a retry-after of the upstream', () => {
  test.each([
    [429, 'upstream_rate_limited'],
    [503, 'upstream_overloaded'],
  ])('is waited for if it is short (%p)', async (status) => {
    const { gateway, upstreams } = await gatewayOn([[refusal(status, { 'retry-after-ms': '150' }), answer('yes')]])
    const { status: given, attempts } = await ask(gateway)
    expect([given, attempts]).toEqual([200, 2])
    const [first, second] = upstreams[0]!.calls
    expect(second!.atMs - first!.atMs).toBeGreaterThanOrEqual(145)
  })

  test('is waited for by requests that arrive meanwhile', async () => {
    const { gateway } = await gatewayOn([[refusal(429, { 'retry-after-ms': '150' }), answer('yes')]])
    const first = ask(gateway)
    await eventually(async () => (await gateway.metrics()).includes('code="upstream_rate_limited"} 1'))
    expect(await ask(gateway)).toMatchObject({ status: 200, attempts: 1 })
    expect(await first).toMatchObject({ status: 200, attempts: 2 })
  })

  test('that is the shortest is waited for if every endpoint sends one', async () => {
    const late = refusal(429, { 'retry-after': '60' })
    const { gateway, upstreams } = await gatewayOn([[late], [refusal(429, { 'retry-after-ms': '100' }), answer('yes')]])
    expect(await ask(gateway)).toMatchObject({ status: 200, attempts: 3 })
    expect(counts(upstreams)).toEqual([1, 2])
  })

  test.each<[string, object, Record<string, string>, string]>([
    ['is longer than maxRetryWait', { maxRetryWait: '50s' }, {}, '70'],
    ['is longer than the total timeout', { maxRetryWait: '2m', timeouts: { total: '30s' } }, {}, '70'],
    ["is longer than the client's x-sluice-timeout", { maxRetryWait: '2m' }, { 'x-sluice-timeout': '40s' }, '70'],
    ["is longer than the client library's timeout", { maxRetryWait: '2m' }, { 'x-stainless-timeout': '40' }, '70'],
    ['is short but maxRetryWait is 0s', { maxRetryWait: '0s' }, {}, '0.05'],
    ['is short but rate limits are not retried', { retriesOn: { rateLimit: 0 } }, {}, '0.05'],
  ])('is returned to the client if it %s', async (_title, model, headers, seconds) => {
    const { gateway, upstreams } = await gatewayOn([[refusal(429, { 'retry-after': seconds })]], model)
    const { status, headers: given, attempts } = await ask(gateway, {}, headers)
    expect([status, given.get('retry-after')]).toEqual([429, String(Math.ceil(Number(seconds)))])
    expect([attempts, counts(upstreams)]).toEqual([1, [1]])
  })

  test.each([0, 1])(
    'that is the shortest of the pool is returned while all endpoints back off (endpoint %i)',
    async (early) => {
      const upstreams = [0, 1].map((at) =>
        startScriptedUpstream(refusal(429, { 'retry-after': at === early ? '30' : '60' })),
      )
      const [first, last] = upstreams.map(({ url }) => url)
      const gateway = await startGateway(oneModel([first!, { url: last, weight: 0 } as never]))
      stops.push(...upstreams.map(({ stop }) => stop), () => gateway.stop())
      expect(await ask(gateway)).toMatchObject({ status: 429, attempts: 2 })
      expect((await ask(gateway)).headers.get('retry-after')).toBe('30')
    },
  )

  test.each([0, 1])(
    'that is the shortest of the pool is returned with the error of the last attempt (endpoint %i)',
    async (early) => {
      const upstreams = [0, 1].map((at) =>
        startScriptedUpstream(refusal(429, { 'retry-after': at === early ? '30' : '60' })),
      )
      const [first, last] = upstreams.map(({ url }) => url)
      const gateway = await startGateway(oneModel([first!, { url: last, weight: 0 } as never], { retries: 1 }))
      stops.push(...upstreams.map(({ stop }) => stop), () => gateway.stop())
      const { attempts, headers } = await ask(gateway)
      expect([attempts, headers.get('retry-after')]).toEqual([2, '30'])
    },
  )

  test('is not waited for if there is a fallback', async () => {
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

  test('is not waited for after the client has disconnected', async () => {
    const { gateway, upstreams } = await gatewayOn([
      [refusal(429, { 'retry-after-ms': '400' }), answer('read by the next')],
    ])
    const disconnect = new AbortController()
    const call = fetch(`${gateway.url}/v1/chat/completions`, {
      method: 'POST',
      headers: { authorization: 'Bearer sk-test-master' },
      body: JSON.stringify(chat('x')),
      signal: disconnect.signal,
    }).catch(() => undefined)
    await eventually(() => counts(upstreams)[0] === 1)
    await eventually(async () => (await gateway.metrics()).includes('code="upstream_rate_limited"} 1'))
    disconnect.abort()
    await call
    await eventually(async () => series(await gateway.metrics(), 'http_requests_in_flight') === 0)
    expect(series(await gateway.metrics(), 'sluice_errors_total{code="client_closed"}')).toBe(1)
    expect(await ask(gateway)).toMatchObject({ status: 200, attempts: 1 }) // it waits as long as the first one would have
    expect(counts(upstreams)).toEqual([2])
  })
})

describe('an endpoint is tried again', () => {
  test('only after every other one has been tried', async () => {
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

  test('unless its failure is permanent', async () => {
    const { gateway, upstreams } = await gatewayOn([[() => new Response('<html>')], [refusal(500)]], { retries: 4 })
    expect(await ask(gateway)).toMatchObject({ status: 500, attempts: 5 })
    expect(counts(upstreams)).toEqual([1, 4])
  })

  test('but not if its account is out of credit, even for a wildcard model, whose health is not kept', async () => {
    const upstream = startScriptedUpstream(refusal(429, {}, { code: 'insufficient_quota' }))
    const gateway = await startGateway({
      providers: { gpu: { type: 'vllm', endpoints: [upstream.url] } },
      models: { '*': 'gpu/*' },
    })
    stops.push(upstream.stop, () => gateway.stop())
    expect(await ask(gateway)).toMatchObject({ status: 429, attempts: 1 })
  })

  test.each([
    ['a server error', 3, refusal(500)],
    ['a bad gateway', 3, refusal(502)],
    ['an overload without retry-after', 3, refusal(503)],
    ['a rejected key', 1, refusal(401)],
    ['an unknown model', 1, refusal(404)],
    ['an invalid response', 1, () => new Response('<html>')],
    ['a timeout of the upstream', 1, refusal(408)],
    ['a bad request', 1, refusal(400)],
    ['an account without credit', 1, refusal(429, {}, { code: 'insufficient_quota' })],
  ] as const)('after %s (attempts: %i)', async (_title, attempts, line) => {
    const { gateway, upstreams } = await gatewayOn([[line]], { maxRetryWait: '30s' })
    expect((await ask(gateway)).attempts).toBe(attempts)
    expect(counts(upstreams)).toEqual([attempts])
  })

  test('until it succeeds', async () => {
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
] as const)('retriesOn.%s sets the retries after its kind of failure', async (kind, line, attempts) => {
  const { gateway } = await gatewayOn([[line], [line], [line], [line]], { retries: 3, retriesOn: { [kind]: 0 } })
  expect((await ask(gateway)).attempts).toBe(attempts)
})

describe('requests.maxAttempts limits the attempts of a request', () => {
  const reason = 'No further attempt: the request has used its 3 attempts (requests.maxAttempts).'
  const requests = { maxAttempts: 3 }

  test('across its retries', async () => {
    const { gateway, upstreams } = await gatewayOn([[refusal(500)]], { retries: 10 }, { requests })
    const { status, attempts, text } = await ask(gateway)
    expect([status, attempts]).toEqual([500, 3])
    expect(JSON.parse(text)).toMatchObject({ error: { message: `Status 500. ${reason}`, type: 'x' } })
    expect(counts(upstreams)).toEqual([3])
    expect(series(await gateway.metrics(), 'llm_rate_limit_exceeded_total{scope="attempts"}')).toBe(1)
  })

  test('across its fallbacks', async () => {
    const bad = startScriptedUpstream(refusal(500))
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
    expect(text).toContain(reason)
  })

  test('across the attempts that resume its stream', async () => {
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

test('a request that waits for its retry is not in flight at the endpoint', async () => {
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
