// Providers whose authorization has to be fetched, through the whole gateway.
import { afterEach, expect, test } from 'bun:test'
import { chat, startGateway, series, type TestGateway } from './gateway.ts'
import { startTokenServer } from './token-server.ts'

const SECRET = 'entra-s3cret-value'
const ANSWER = {
  id: 'c',
  object: 'chat.completion',
  created: 1,
  model: 'gpt-4o',
  choices: [{ index: 0, message: { role: 'assistant', content: 'hi' }, finish_reason: 'stop' }],
  usage: { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 },
}

const stops: (() => unknown)[] = []
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop()
})

async function start() {
  const entra = startTokenServer()
  const upstream = startTokenServer(() => Response.json(ANSWER)) // answers anything and remembers what it was asked
  const gateway: TestGateway = await startGateway(
    {
      providers: { azure: { baseUrl: upstream.url, tenantId: 't', clientId: 'c', clientSecret: SECRET } },
      models: { 'sim-1b': 'azure/gpt-4o' },
    },
    { AZURE_AUTHORITY_HOST: entra.url },
  )
  stops.push(gateway.stop, entra.stop, upstream.stop)
  return { entra, upstream, gateway }
}

test('calls that come together wait for one token, and a reload keeps it', async () => {
  const { entra, upstream, gateway } = await start()
  const ask = () => gateway.post('/v1/chat/completions', chat('hi'))
  const answers = await Promise.all(Array.from({ length: 20 }, ask))
  expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 20 }, () => 200))
  expect(entra.calls).toHaveLength(1)
  expect(new Set(upstream.calls.map(({ headers }) => headers['authorization']))).toEqual(new Set(['Bearer the-token']))
  expect(upstream.calls.map(({ body }) => (JSON.parse(body) as { model: string }).model)).toEqual(
    Array.from({ length: 20 }, () => 'gpt-4o'),
  )

  await gateway.reload('admin')
  expect((await ask()).status).toBe(200)
  expect(entra.calls).toHaveLength(1)
  expect(series(await gateway.metrics(), 'sluice_token_refreshes_total{provider="azure",outcome="fetched"}')).toBe(1)
})

test('without a token a call ends with an error that says whose affair it is, and holds no secret', async () => {
  const { entra, upstream, gateway } = await start()
  entra.answer = ({ body }) => Response.json({ error: 'invalid_client', error_description: body }, { status: 401 })
  const answer = await gateway.post('/v1/chat/completions', chat('hi'))
  const text = await answer.text()
  expect([answer.status, (JSON.parse(text) as { error: { code: string } }).error.code]).toEqual([502, 'upstream_auth'])
  expect(text).toContain('This is for the operator to mend')
  expect(text + (await gateway.metrics())).not.toContain(SECRET)
  expect([entra.calls.length, upstream.calls.length]).toEqual([1, 0])
  expect(series(await gateway.metrics(), 'sluice_token_refreshes_total{provider="azure",outcome="failed"}')).toBe(1)
})
