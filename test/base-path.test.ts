// A proxy in front that does not remove its own path (`server.basePath`).
import { afterAll, beforeAll, expect, test } from 'bun:test'
import { chat, KEY, startGateway, type TestGateway, textOfEvents, readEvents } from './gateway.ts'
import { exchange } from './raw.ts'

let gateway: TestGateway
let upstream: ReturnType<typeof Bun.serve>
const seen: string[] = []
const CHUNK = (delta: object, finish: string | null) =>
  `data: ${JSON.stringify({ id: 'c', object: 'chat.completion.chunk', created: 1, model: 'm', choices: [{ index: 0, delta, finish_reason: finish }] })}\n\n`
beforeAll(async () => {
  upstream = Bun.serve({
    hostname: '127.0.0.1',
    port: 0,
    async fetch(request) {
      seen.push(new URL(request.url).pathname)
      const { stream } = (await request.json().catch(() => ({}))) as { stream?: boolean }
      if (!stream) return Response.json({ ok: true, choices: [{ message: { content: 'yes' }, finish_reason: 'stop' }] })
      return new Response(`${CHUNK({ content: 'yes' }, null)}${CHUNK({}, 'stop')}data: [DONE]\n\n`, {
        headers: { 'content-type': 'text/event-stream' },
      })
    },
  })
  const url = `http://127.0.0.1:${upstream.port}/v1`
  gateway = await startGateway({
    server: { basePath: '/team/llm' },
    providers: { gpu: { type: 'openai-compatible', baseUrl: url, passthrough: true } },
    models: { 'sim-1b': 'gpu/m' },
    routes: { '/team/llm': { model: 'sim-1b' }, '/fast': { model: 'sim-1b' } },
  })
})
afterAll(async () => {
  await gateway?.stop()
  await upstream?.stop(true)
})

test.each([
  ['/team/llm/v1/chat/completions', 200],
  ['/v1/chat/completions', 200],
  ['/team/llm/fast/chat/completions', 200],
  ['/team/llm/team/llm/chat/completions', 200],
  ['/team/llm/v1/chat/completions/', 200],
  ['/team/llm/v1/chat/completions?x=1', 200],
  ['/team/llmx/v1/chat/completions', 404],
  ['/team/v1/chat/completions', 404],
  ['/TEAM/LLM/v1/chat/completions', 404],
  ['/team/llm', 404],
  ['/team/llm?x', 404],
  ['/x/team/llm/v1/chat/completions', 404],
])('%s: %p', async (path, status) => expect((await gateway.post(path, chat('Hello'))).status).toBe(status))

test.each([
  ['/team/llm/health', 200],
  ['/team/llm/health/liveness', 200],
  ['/team/llm/health/readiness?x', 200],
  ['/health/readiness', 200],
  ['/team/llm/admin/endpoints', 200],
  ['/team/llm/v1/models', 200],
])('GET %s: %p', async (path, status) => expect((await gateway.get(path)).status).toBe(status))

test('a stream, and its body, pass', async () => {
  const response = await gateway.post('/team/llm/v1/chat/completions', chat('Hello', { stream: true }))
  expect(textOfEvents(await readEvents(response))).toBe('yes')
})

test('an admin action finds its endpoint', async () => {
  const { endpoints } = (await (await gateway.get('/admin/endpoints')).json()) as { endpoints: { id: string }[] }
  const id = encodeURIComponent(endpoints[0]!.id)
  const response = await gateway.post(`/team/llm/admin/endpoints/${id}/drain`, {})
  expect(response.status).toBe(200)
  expect((await gateway.post(`/admin/endpoints/${id}/undrain`, {})).status).toBe(200)
})

test('a provider gets its own path only', async () => {
  expect((await gateway.post('/team/llm/gpu/v1/files', {})).status).toBe(200)
  expect(seen.at(-1)).toBe('/v1/files')
  expect((await gateway.post('/team/llm/gpu/../../admin/endpoints', {})).status).not.toBe(200)
})

test('a request without a host (HTTP/1.0) is served below it too', async () => {
  const { statuses } = await exchange(gateway.url, 'GET /team/llm/health HTTP/1.0\r\n\r\n')
  expect(statuses).toEqual([200])
})

test('a key in the query is found', async () => {
  expect((await fetch(`${gateway.url}/team/llm/v1/models?key=${KEY}`)).status).toBe(200)
})
