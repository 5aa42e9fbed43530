import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { parseFault } from '../faults/fault.ts'
import { type Fleet, startFleet } from '../fleet.ts'

let fleet: Fleet
beforeAll(async () => {
  fleet = await startFleet({ speed: 0 })
})
afterAll(() => fleet?.stop())

const user = { role: 'user', content: 'Hello.' }
const contents = [{ role: 'user', parts: [{ text: 'Hello.' }] }]

const send = (path: string, body: unknown) =>
  fetch(fleet.urls[0] + path, { method: 'POST', body: typeof body === 'string' ? body : JSON.stringify(body) })

const REQUESTS: [format: string, path: string, body: object, response: object, error: object][] = [
  ['chat', '/v1/chat/completions', { messages: [user] }, { object: 'chat.completion' }, { error: { code: 429 } }],
  ['Responses', '/v1/responses', { input: 'Hello.' }, { object: 'response' }, { error: { type: 'rate_limit_error' } }],
  ['Anthropic', '/v1/messages', { max_tokens: 99, messages: [user] }, { type: 'message' }, { type: 'error' }],
  ['Gemini', '/v1beta/models/sim-1b:generateContent', { contents }, { candidates: [{}] }, { error: { code: 429 } }],
  ['Ollama', '/api/generate', { prompt: 'Hello.', stream: false }, { response: 'x' }, { error: expect.any(String) }],
  [
    "Claude's API at Bedrock",
    '/model/sim-1b/invoke',
    { anthropic_version: 'bedrock-2023-05-31', max_tokens: 99, messages: [user] },
    { type: 'message' },
    { __type: 'ThrottlingException' },
  ],
]

describe.each(REQUESTS)('in %s', (_format, path, body, fields, error) => {
  test('a response', async () => {
    const response = await send(path, body)
    expect([response.status, await response.json()]).toEqual([
      200,
      expect.objectContaining(Object.fromEntries(Object.keys(fields).map((key) => [key, expect.anything()]))),
    ])
  })

  test('a body that is not JSON is rejected', async () => expect((await send(path, '{')).status).toBe(400))

  test('an injected error', async () => {
    await fleet.servers[0]!.faults.arm(parseFault('status-429:1:1'))
    const response = await send(path, body)
    expect(response.status).toBe(429)
    expect(await response.json()).toMatchObject(error)
  })
})

test('a message thread is refused as Anthropic refuses it, so that its SDKs send the whole conversation', async () => {
  const response = await send('/v1/messages', { thread: { type: 'create' }, max_tokens: 99, messages: [user] })
  expect([response.status, await response.json()]).toMatchObject([
    400,
    {
      type: 'error',
      error: {
        type: 'invalid_request_error',
        details: { error_code: 'thread_unsupported_request', unsupported: ['thread'] },
      },
    },
  ])
})

test('a server with one format serves no other', async () => {
  const claude = await startFleet({ speed: 0, format: 'anthropic' })
  const statuses = await Promise.all(
    REQUESTS.map(([, path, body]) =>
      fetch(claude.urls[0] + path, { method: 'POST', body: JSON.stringify(body) }).then(({ status }) => status),
    ),
  )
  claude.stop()
  expect(statuses).toEqual([404, 404, 200, 404, 404, 200])
})

test("embeddings in Ollama's format", async () => {
  const response = await send('/api/embed', { model: 'sim-1b', input: ['a', 'b'] })
  expect([response.status, await response.json()]).toEqual([
    200,
    { model: 'sim-1b', embeddings: [expect.any(Array), expect.any(Array)], prompt_eval_count: expect.any(Number) },
  ])
})
