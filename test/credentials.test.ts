// Providers whose access token is fetched from a token service, through the whole gateway.
import { afterEach, expect, test } from 'bun:test'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { chat, startGateway, series, type TestGateway } from './gateway.ts'
import { serviceAccount } from './google-credentials.ts'
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
  const upstream = startTokenServer(() => Response.json(ANSWER)) // records every request
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

test('concurrent requests wait for one token, and a reload keeps it', async () => {
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

test('without a token, a request gets an error that names the operator and contains no secret', async () => {
  const { entra, upstream, gateway } = await start()
  entra.answer = ({ body }) => Response.json({ error: 'invalid_client', error_description: body }, { status: 401 })
  const answer = await gateway.post('/v1/chat/completions', chat('hi'))
  const text = await answer.text()
  expect([answer.status, (JSON.parse(text) as { error: { code: string } }).error.code]).toEqual([502, 'upstream_auth'])
  expect(text).toContain('Contact the gateway operator.')
  expect(text + (await gateway.metrics())).not.toContain(SECRET)
  expect([entra.calls.length, upstream.calls.length]).toEqual([1, 0])
  expect(series(await gateway.metrics(), 'sluice_token_refreshes_total{provider="azure",outcome="failed"}')).toBe(1)
})

const GEMINI = {
  candidates: [{ content: { role: 'model', parts: [{ text: 'from Gemini' }] }, finishReason: 'STOP', index: 0 }],
  usageMetadata: { promptTokenCount: 1, candidatesTokenCount: 2, totalTokenCount: 3 },
}
const CLAUDE = {
  id: 'msg_1',
  type: 'message',
  role: 'assistant',
  model: 'claude-sonnet-4-5',
  content: [{ type: 'text', text: 'from Claude' }],
  stop_reason: 'end_turn',
  stop_sequence: null,
  usage: { input_tokens: 1, output_tokens: 2 },
}

test('Gemini and Claude on Vertex AI are served with the token of a service account file', async () => {
  const google = startTokenServer()
  const upstream = startTokenServer(({ url }) => Response.json(url.includes('anthropic') ? CLAUDE : GEMINI))
  const folder = mkdtempSync(join(tmpdir(), 'sluice-vertex-'))
  const file = join(folder, 'account.json')
  const write = (id: string) =>
    writeFileSync(file, JSON.stringify({ ...serviceAccount(`${google.url}/token`), private_key_id: id }))
  write('key-1')
  const gateway = await startGateway(
    {
      providers: { vertex: { baseUrl: upstream.url, location: 'europe-west4' } },
      models: { gemini: 'vertex/gemini-2.5-flash', claude: 'vertex/claude-sonnet-4-5@20250929' },
    },
    { GOOGLE_APPLICATION_CREDENTIALS: file },
  )
  stops.push(gateway.stop, google.stop, upstream.stop, () => rmSync(folder, { recursive: true }))
  const ask = async (model: string) => {
    const answer = await gateway.post('/v1/chat/completions', chat('hi', { model }))
    return ((await answer.json()) as typeof ANSWER).choices[0]!.message.content
  }

  expect([await ask('gemini'), await ask('claude')]).toEqual(['from Gemini', 'from Claude'])
  const base = '/v1/projects/the-project/locations/europe-west4/publishers'
  expect(upstream.calls).toMatchObject([
    { url: `${base}/google/models/gemini-2.5-flash:generateContent`, headers: { authorization: 'Bearer the-token' } },
    { url: `${base}/anthropic/models/claude-sonnet-4-5@20250929:rawPredict` },
  ])
  expect(JSON.parse(upstream.calls[1]!.body)).toMatchObject({ anthropic_version: 'vertex-2023-10-16' })
  expect(google.calls).toHaveLength(1)

  write('key-2') // a changed file is a changed configuration
  await gateway.reload('admin')
  expect(await ask('gemini')).toBe('from Gemini')
  expect(google.calls).toHaveLength(2)
})

test('a 401 right after a token was fetched causes no second fetch: the token is not the reason', async () => {
  const { entra, upstream, gateway } = await start()
  const ask = () => gateway.post('/v1/chat/completions', chat('hi'))
  expect((await ask()).status).toBe(200)
  upstream.answer = () => Response.json({ error: { message: 'expired' } }, { status: 401 })
  expect((await ask()).status).toBe(502)
  expect(entra.calls).toHaveLength(1) // it was fetched a moment ago: another would be rejected too
})

test('a provider without a token fails no request if another provider serves the model', async () => {
  const entra = startTokenServer(() => new Response('not today', { status: 403 }))
  const upstream = startTokenServer(() => Response.json(ANSWER))
  const gateway = await startGateway(
    {
      providers: {
        azure: { baseUrl: 'http://127.0.0.1:1', tenantId: 't', clientId: 'c', clientSecret: SECRET },
        local: { type: 'vllm', baseUrl: upstream.url, health: { enabled: false } },
      },
      models: { 'sim-1b': { targets: ['azure/gpt-4o', 'local/gpt-4o'], policy: 'round_robin' } },
    },
    { AZURE_AUTHORITY_HOST: entra.url },
  )
  stops.push(gateway.stop, entra.stop, upstream.stop)
  for (let call = 0; call < 6; call++) expect((await gateway.post('/v1/chat/completions', chat('hi'))).status).toBe(200)
  expect([entra.calls.length, upstream.calls.length]).toEqual([1, 6])
})
