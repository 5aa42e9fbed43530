// `strict`: each format refuses with its own kind of error, and names the place.
import { afterAll, describe, expect, test } from 'bun:test'
import { createSimServer, type SimServer } from './server.ts'

const tolerant = await createSimServer({ speed: 0 })
const strict = await createSimServer({ speed: 0, strict: 'self-hosted' })
const hosted = await createSimServer({ speed: 0, strict: 'hosted' })
afterAll(() => [tolerant, strict, hosted].forEach((server) => server.stop()))

const send = async (server: SimServer, path: string, body: object) => {
  const response = await fetch(server.url + path, { method: 'POST', body: JSON.stringify(body) })
  return { status: response.status, text: await response.text() }
}

const hello = { role: 'user', content: 'Hello.' }

const REQUESTS: [format: string, path: string, valid: object, refused: object, error: string][] = [
  [
    'Chat Completions',
    '/v1/chat/completions',
    { messages: [hello] },
    { messages: [hello, { role: 'system', content: 'Now.' }] },
    '{"error":{"message":"messages[1]: the system message must be at the beginning, and the only one","type":"BadRequestError","param":"messages[1]","code":400}}',
  ],
  [
    'Responses',
    '/v1/responses',
    { model: 'sim-1b', input: 'Hello.' },
    { model: 'sim-1b', input: 'Hello.', max_output_tokens: 3 },
    '"message":"max_output_tokens: must be a number of at least 16"',
  ],
  [
    'Anthropic',
    '/v1/messages',
    { model: 'sim-1b', max_tokens: 9, messages: [hello] },
    { model: 'sim-1b', max_tokens: 9, messages: [{ role: 'user', content: ' ' }] },
    '{"type":"error","error":{"type":"invalid_request_error","message":"messages[0]: must have content that is not empty"',
  ],
  [
    'Gemini',
    '/v1beta/models/sim-1b:generateContent',
    { contents: [{ role: 'user', parts: [{ text: 'Hello.' }] }] },
    { contents: [{ role: 'user', parts: [{ text: 'Hello.' }] }], labelz: {} },
    'labelz: unknown field',
  ],
  [
    'Converse',
    '/model/sim-1b/converse',
    { messages: [{ role: 'user', content: [{ text: 'Hello.' }] }] },
    { messages: [{ role: 'user', content: [{ text: '' }] }] },
    '{"__type":"ValidationException","message":"messages[0].content[0].text: is blank',
  ],
  [
    "Claude's API at Bedrock",
    '/model/sim-1b/invoke',
    { anthropic_version: 'bedrock-2023-05-31', anthropic_beta: ['x'], max_tokens: 9, messages: [hello] },
    { anthropic_version: 'bedrock-2023-05-31', max_tokens: 9, messages: [hello], stream: 1, odd: 1 },
    'odd: unknown field',
  ],
]

describe.each(REQUESTS)('%s', (_format, path, valid, refused, error) => {
  test('a valid request is served', async () => expect((await send(strict, path, valid)).status).toBe(200))

  test('what the provider refuses is a 400 in its error format', async () => {
    const { status, text } = await send(strict, path, refused)
    expect(status).toBe(400)
    expect(text).toContain(error)
  })
})

test('the server lists what it rejected', async () => {
  const server = await createSimServer({ speed: 0, strict: 'self-hosted' })
  await send(server, '/v1/messages', { model: 'sim-1b', messages: [hello] })
  await send(server, '/v1/nothing', {})
  const { rejections } = (await (await fetch(`${server.url}/sim/rejections`)).json()) as { rejections: object[] }
  server.stop()
  expect(rejections).toEqual([
    { path: '/v1/messages', status: 400, message: 'max_tokens: is missing' },
    { path: '/v1/nothing', status: 404, message: 'Not Found' },
  ])
})

test('all violations are named', async () => {
  const body = { messages: [{ role: 'robot' }, { role: 'developer', content: 'x' }] }
  expect((await send(strict, '/v1/chat/completions', body)).text).toContain(
    'messages[0].role: unknown role \\"robot\\"; messages[1].role: unknown role \\"developer\\"',
  )
})

test('Chat Completions by the rules of OpenAI', async () => {
  const body = { model: 'sim-1b', messages: [{ role: 'developer', content: 'x' }], top_k: 3 }
  expect((await send(hosted, '/v1/chat/completions', body)).text).toContain('"top_k: unknown field"')
})

test('OpenAI shows no reasoning in Chat Completions', async () => {
  const body = { model: 'sim-1b', messages: [hello], reasoning_effort: 'low' }
  const [shown, hidden] = await Promise.all(
    [strict, hosted].map((server) => send(server, '/v1/chat/completions', body)),
  )
  expect([shown!.text.includes('reasoning_content'), hidden!.text.includes('reasoning_content')]).toEqual([true, false])
})

test('a server that is not strict serves what providers refuse', async () =>
  expect((await send(tolerant, '/v1/messages', { max_tokens: 9, messages: [hello], stop: 'x' })).status).toBe(200))

test('token counts and embeddings are not judged', async () => {
  const counted = await send(strict, '/v1/messages/count_tokens', { messages: [hello] })
  const embedded = await send(strict, '/v1/embeddings', { input: 'Hello.' })
  expect([counted.status, embedded.status]).toEqual([200, 200])
})

describe('a strict server signs what clients must send back', () => {
  const tool = { name: 'look_up', parameters: { type: 'object', properties: {} } }
  const text = 'Please look up.'
  const SIGNED: [format: string, path: string, body: object, pattern: RegExp][] = [
    [
      'Anthropic',
      '/v1/messages',
      {
        model: 'sim-1b',
        max_tokens: 4000,
        thinking: { type: 'enabled', budget_tokens: 1024 },
        messages: [{ role: 'user', content: text }],
      },
      /"signature":"c2lt[^"]+"/,
    ],
    [
      'Responses',
      '/v1/responses',
      { model: 'sim-1b', reasoning: { effort: 'low' }, include: ['reasoning.encrypted_content'], input: text },
      /"encrypted_content":"c2lt[^"]+"/,
    ],
    [
      'Gemini',
      '/v1beta/models/sim-1b:generateContent',
      { contents: [{ role: 'user', parts: [{ text }] }], tools: [{ functionDeclarations: [tool] }] },
      /"thoughtSignature":"c2lt[^"]+"/,
    ],
  ]

  test.each(SIGNED)('%s, whole and streamed', async (_format, path, body, pattern) => {
    const whole = await send(strict, path, body)
    const streamed = path.includes('generateContent')
      ? await send(strict, path.replace('generate', 'streamGenerate'), body)
      : await send(strict, path, { ...body, stream: true })
    expect([whole.text, streamed.text]).toEqual([expect.stringMatching(pattern), expect.stringMatching(pattern)])
    expect((await send(tolerant, path, body)).text).not.toMatch(pattern)
  })
})
