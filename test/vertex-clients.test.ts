// Clients in Vertex AI's mode: Google's and Anthropic's bodies at the paths of a project, with the key as a bearer token.
import { afterAll, beforeAll, expect, test } from 'bun:test'
import { readFrames } from '../src/codecs/framing/sse.ts'
import { checkStream as checkClaude } from '../src/formats/anthropic/grammar.ts'
import { checkStream as checkGemini } from '../src/formats/gemini/grammar.ts'
import { type Fleet, startFleet } from '../src/sim/fleet.ts'
import { startGateway, type TestGateway } from './gateway.ts'

let fleet: Fleet
let gateway: TestGateway
let seen: { readonly headers: Headers; readonly body: unknown }[]
let upstream: Bun.Server<undefined>
beforeAll(async () => {
  fleet = await startFleet({ servers: 1, speed: 0 })
  const [url] = fleet.urls
  upstream = Bun.serve({
    hostname: '127.0.0.1',
    port: 0,
    async fetch(request) {
      const text = await request.text()
      seen.push({ headers: request.headers, body: JSON.parse(text) })
      return fetch(url + new URL(request.url).pathname, { method: 'POST', body: text })
    },
  })
  gateway = await startGateway({
    providers: {
      gpu: { type: 'vllm', baseUrl: url },
      claude: {
        type: 'anthropic',
        baseUrl: `http://127.0.0.1:${upstream.port}/v1`,
        apiKey: 'k',
        health: { enabled: false },
      },
    },
    models: { 'sim-1b': 'gpu/sim-1b', 'claude-sonnet-4-5@20250929': 'claude/sim-1b' },
    routes: { '/v1/1b': 'sim-1b' },
  })
})
afterAll(async () => {
  await gateway?.stop()
  upstream?.stop(true)
  fleet?.stop()
})

const PROJECT = '/projects/p-1/locations/us-east5'
const gemini = { contents: [{ role: 'user', parts: [{ text: 'Hello.' }] }] }
const claude = {
  anthropic_version: 'vertex-2023-10-16',
  max_tokens: 100,
  messages: [{ role: 'user', content: 'Hello.' }],
}
const CLAUDE = `/v1${PROJECT}/publishers/anthropic/models/claude-sonnet-4-5@20250929`

test.each([
  `/v1${PROJECT}/publishers/google`,
  `/v1beta1${PROJECT}/publishers/google`,
  '/v1beta1/publishers/google',
  `/v1/1b/v1${PROJECT}/publishers/google`,
])('%s has the models of Gemini clients', async (base) => {
  const whole = await gateway.post(`${base}/models/sim-1b:generateContent`, gemini)
  expect([whole.status, await whole.json()]).toEqual([
    200,
    expect.objectContaining({ candidates: [expect.any(Object)] }),
  ])
  const stream = await gateway.post(`${base}/models/sim-1b:streamGenerateContent?alt=sse`, gemini)
  expect(checkGemini(readFrames(await stream.text()))).toEqual([])
  const count = await gateway.post(`${base}/models/sim-1b:countTokens`, gemini)
  expect(await count.json()).toEqual({ totalTokens: expect.any(Number) })
})

test("a body of Claude's is forwarded to Anthropic without what only Vertex AI has", async () => {
  seen = []
  const headers = { 'anthropic-beta': 'one,two' }
  const response = await gateway.post(`${CLAUDE}:rawPredict`, { ...claude, new_field: 1 }, headers)
  expect([response.status, await response.json()]).toEqual([200, expect.objectContaining({ type: 'message' })])
  const { anthropic_version: _, ...rest } = claude
  expect(seen[0]!.body).toEqual({ ...rest, new_field: 1, model: 'sim-1b' })
  expect(seen[0]!.headers.get('anthropic-beta')).toBe('one,two')
})

test.each<[string, object]>([
  ['with the field of its library', { stream: true }],
  ['without', {}],
])('a stream of Claude, %s', async (_title, more) => {
  seen = []
  const response = await gateway.post(`${CLAUDE}:streamRawPredict`, { ...claude, ...more })
  expect(checkClaude(readFrames(await response.text()), false)).toEqual([])
  expect(seen[0]!.body).toMatchObject({ stream: true })
})

test("Claude's clients can use other models, and count tokens", async () => {
  const path = `/v1${PROJECT}/publishers/anthropic/models`
  const response = await gateway.post(`${path}/sim-1b:rawPredict`, claude)
  expect([response.headers.get('x-sluice-warnings'), await response.json()]).toEqual([
    null,
    expect.objectContaining({ type: 'message' }),
  ])
  const count = await gateway.post(`${path}/count-tokens:rawPredict`, { ...claude, model: 'sim-1b' })
  expect(await count.json()).toEqual({ input_tokens: expect.any(Number) })
})

test.each<[string, string, unknown, number]>([
  ['an unknown model', `/v1${PROJECT}/publishers/anthropic/models/none:rawPredict`, claude, 404],
  [
    'a project without a name',
    '/v1/projects//locations/x/publishers/google/models/sim-1b:generateContent',
    gemini,
    404,
  ],
  ['an unknown method', `/v1${PROJECT}/publishers/google/models/sim-1b:predict`, gemini, 405],
  ['no messages', `${CLAUDE}:rawPredict`, { max_tokens: 1 }, 400],
  ['a body that is not JSON', `${CLAUDE}:rawPredict`, '{', 400],
])('%s is rejected', async (_title, path, body, status) => {
  expect((await gateway.post(path, body)).status).toBe(status)
})
