// Pools of different providers: one can support what another lacks.
import { afterAll, beforeAll, expect, test } from 'bun:test'
import { chat, series, startGateway } from './gateway.ts'
import { startManualUpstream } from './manual-upstream.ts'

let upstream: Bun.Server<undefined>
beforeAll(() => {
  upstream = Bun.serve({
    port: 0,
    hostname: '127.0.0.1',
    fetch: (request) =>
      request.url.includes('/broken') ? new Response('', { status: 500 }) : Response.json({ choices: [] }),
  })
})
afterAll(() => upstream?.stop(true))

test('a request with a field that one provider rejects goes to the provider that supports it', async () => {
  const gateway = await startGateway({
    providers: {
      groq: { apiKey: 'k', baseUrl: `${upstream.url}a` },
      local: { type: 'openai-compatible', baseUrl: `${upstream.url}b` },
    },
    models: { m: { targets: ['groq/m', 'local/m'] } },
  })
  const call = async () =>
    (await gateway.post('/v1/chat/completions', { model: 'm', messages: [1], logprobs: true })).status
  const statuses: number[] = []
  for (let count = 0; count < 12; count++) statuses.push(await call())
  expect(statuses).toEqual(Array.from({ length: 12 }, () => 200))
  await gateway.stop()
})

test('a warning about a failed attempt is not on the response of a later attempt', async () => {
  const gateway = await startGateway({
    providers: {
      mistral: { apiKey: 'k', baseUrl: `${upstream.url}broken` },
      local: { type: 'openai-compatible', baseUrl: `${upstream.url}b` },
    },
    models: { m: { targets: ['mistral/m'], fallbacks: ['n'], retries: 0 }, n: 'local/n' },
  })
  const response = await gateway.post('/v1/chat/completions', { model: 'm', messages: [1], user: 'ann' })
  expect([response.status, response.headers.get('x-sluice-warnings')]).toEqual([200, null])
  await gateway.stop()
})

test("a hedged request is counted by the format of the response it returned, not by the other attempt's", async () => {
  const [same, other] = [await startManualUpstream(), await startManualUpstream()]
  const gateway = await startGateway({
    providers: {
      same: { type: 'vllm', baseUrl: same.url },
      other: { type: 'anthropic', apiKey: 'k', baseUrl: other.url },
    },
    models: { m: { targets: ['same/m', { provider: 'other', model: 'c', weight: 0 }], hedge: '5ms' } },
  })
  const completion = {
    id: 'x',
    object: 'chat.completion',
    model: 'm',
    choices: [{ message: {}, finish_reason: 'stop' }],
  }
  const ask = () => gateway.post('/v1/chat/completions', { ...chat('hello'), model: 'm' })
  // Hedges are a share of the requests, so the first ones only earn it.
  while (other.exchanges.length === 0) {
    const response = ask()
    const first = await same.next()
    await Bun.sleep(10)
    first.answer(completion)
    expect((await response).headers.get('x-sluice-endpoint')).toBe('same')
  }
  expect(series(await gateway.metrics(), 'sluice_translations_total{from="openai-chat",to="anthropic"}')).toBe(0)
  await gateway.stop()
  same.stop()
  other.stop()
})

test('a request without a key is counted, keeps its id, and does not stay in flight', async () => {
  const gateway = await startGateway({})
  const answer = await fetch(`${gateway.url}/v1/chat/completions`, {
    method: 'POST',
    body: '{}',
    headers: { 'x-request-id': 'mine' },
  })
  expect([answer.status, answer.headers.get('x-request-id')]).toEqual([401, 'mine'])
  const metrics = await gateway.metrics()
  expect(metrics).toContain('http_requests_in_flight 0')
  expect(metrics).toContain('status="401"')
  await gateway.stop()
})
