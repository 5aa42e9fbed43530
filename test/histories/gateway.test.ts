// Histories and Codex's tools through a whole gateway: what the upstream gets, and what the client gets back.
import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { KEY, startGateway, type TestGateway } from '../gateway.ts'
import { type Recorder, startRecorder } from '../recorder.ts'
import type { JsonObject } from '../../src/codecs/json/object.ts'

let upstream: Recorder
let gateway: TestGateway
beforeAll(async () => {
  upstream = startRecorder()
  gateway = await startGateway({
    providers: {
      chat: { type: 'openai-compatible', baseUrl: `${upstream.url}/v1` },
      anthropic: { apiKey: 'k', baseUrl: `${upstream.url}/v1` },
      gone: { type: 'anthropic', baseUrl: 'http://127.0.0.1:9', apiKey: 'k' },
    },
    models: {
      chat: 'chat/m',
      exact: { targets: ['chat/m'], strictTranslation: true },
      fallen: { targets: ['gone/claude-sonnet-4-6'], retries: 0, fallbacks: ['chat'] },
    },
  })
})
afterAll(async () => {
  await gateway?.stop()
  upstream?.stop()
})

const post = (path: string, body: object, headers: Record<string, string> = {}): Promise<Response> =>
  fetch(`${gateway.url}${path}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${KEY}`, 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  })

const user = { role: 'user', content: 'Go on.' }
const call = (id: string, name: string, args: string) => ({ id, type: 'function', function: { name, arguments: args } })
const completion = (...calls: object[]) => ({
  id: 'c',
  object: 'chat.completion',
  created: 1,
  model: 'm',
  choices: [
    { index: 0, message: { role: 'assistant', content: null, tool_calls: calls }, finish_reason: 'tool_calls' },
  ],
  usage: { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 },
})
const says = {
  ...completion(),
  choices: [{ index: 0, message: { role: 'assistant', content: 'Yes.' }, finish_reason: 'stop' }],
}

const searched = {
  model: 'chat',
  max_tokens: 100,
  messages: [
    user,
    {
      role: 'assistant',
      content: [
        { type: 'server_tool_use', id: 'srvtoolu_1', name: 'web_search', input: {} },
        { type: 'web_search_tool_result', tool_use_id: 'srvtoolu_1', content: [] },
        { type: 'text', text: 'Found it.' },
      ],
    },
    user,
  ],
}

describe('a search in the history', () => {
  test('is left out and reported', async () => {
    upstream.respondWith(() => says)
    const response = await post('/v1/messages', searched)
    expect(response.status).toBe(200)
    expect(response.headers.get('x-sluice-warnings')).toContain('messages[1].content[0]: removed: server_tool_use')
    expect(upstream.lastRequest).toMatchObject({ messages: [user, { role: 'assistant', content: 'Found it.' }, user] })
  })

  test('is reported once, however often it was used', async () => {
    upstream.respondWith(() => says)
    const messages = Array.from({ length: 300 }, () => searched.messages.slice(0, 2)).flat()
    const response = await post('/v1/messages', { ...searched, messages: [...messages, user] })
    const warnings = response.headers.get('x-sluice-warnings')!
    expect(warnings).toContain('messages[1].content[0] and 299 more: removed: server_tool_use')
    expect(warnings.length).toBeLessThan(500)
  })

  test('does not prevent a fallback to another maker', async () => {
    upstream.respondWith(() => says)
    expect((await post('/v1/messages', { ...searched, model: 'fallen' })).status).toBe(200)
  })

  test.each([
    ['the model', { ...searched, model: 'exact' }, {}],
    ['the request', searched, { 'x-sluice-strict': 'true' }],
  ])('is rejected if %s is strict', async (_title, body, headers) => {
    const response = await post('/v1/messages', body, headers)
    expect(response.status).toBe(400)
    expect(await response.text()).toContain('messages[1].content[0]')
  })
})

describe("Codex's tools", () => {
  const codex = (stream: boolean) => ({
    model: 'chat',
    stream,
    tools: [
      { type: 'custom', name: 'apply_patch', description: 'Patches.' },
      {
        type: 'namespace',
        name: 'mcp__docs',
        description: '',
        tools: [{ type: 'function', name: 'search', parameters: {}, strict: false }],
      },
    ],
    input: [user],
  })
  const calls = [call('ls:0', 'apply_patch', '{"input":"*** \\"x\\""}'), call('ls:0', 'mcp__docs__search', '{}')]
  const expected = [
    { type: 'custom_tool_call', call_id: 'ls:0', name: 'apply_patch', input: '*** "x"' },
    { type: 'function_call', call_id: 'ls:0_2', namespace: 'mcp__docs', name: 'search', arguments: '{}' },
  ]

  test('come back as its own calls', async () => {
    upstream.respondWith(() => completion(...calls))
    const { output } = (await (await post('/v1/responses', codex(false))).json()) as { output: JsonObject[] }
    expect(output).toMatchObject(expected)
    expect(upstream.lastRequest).toMatchObject({
      tools: [{ function: { name: 'apply_patch' } }, { function: { name: 'mcp__docs__search' } }],
    })
  })

  test('and the next turn has the same names and ids', async () => {
    upstream.respondWith(() => says)
    const outputs = [
      { type: 'custom_tool_call_output', call_id: 'ls:0', output: 'done' },
      { type: 'function_call_output', call_id: 'ls:0_2', namespace: 'mcp__docs', name: 'search', output: 'found' },
    ]
    const response = await post('/v1/responses', { ...codex(false), input: [user, ...expected, ...outputs] })
    expect(response.status).toBe(200)
    expect(response.headers.get('x-sluice-warnings')).toBeNull()
    expect(upstream.lastRequest).toMatchObject({
      messages: [
        user,
        {
          tool_calls: [
            call('ls:0', 'apply_patch', '{"input":"*** \\"x\\""}'),
            call('ls:0_2', 'mcp__docs__search', '{}'),
          ],
        },
        { role: 'tool', tool_call_id: 'ls:0', content: 'done' },
        { role: 'tool', tool_call_id: 'ls:0_2', content: 'found' },
      ],
    })
  })

  test('and streamed', async () => {
    const chunk = (delta: object, finish: string | null = null) => ({
      id: 'c',
      object: 'chat.completion.chunk',
      created: 1,
      model: 'm',
      choices: [{ index: 0, delta, finish_reason: finish }],
    })
    const pieces = [...'{"input":"*** \\"x\\""}'].map((piece) =>
      chunk({ tool_calls: [{ index: 0, function: { arguments: piece } }] }),
    )
    upstream.respondWith(() => [
      chunk({ role: 'assistant', tool_calls: [{ index: 0, ...call('ls:0', 'apply_patch', '') }] }),
      ...pieces,
      chunk({ tool_calls: [{ index: 1, ...call('ls:1', 'mcp__docs__search', '{}') }] }),
      chunk({}, 'tool_calls'),
    ])
    const events = (await (await post('/v1/responses', codex(true))).text())
      .split('\n')
      .filter((line) => line.startsWith('data: {'))
      .map((line) => JSON.parse(line.slice(6)) as JsonObject)
    const deltas = events.filter(({ type }) => type === 'response.custom_tool_call_input.delta')
    expect(deltas.map(({ delta }) => delta).join('')).toBe('*** "x"')
    const [custom, search] = expected
    expect(events.at(-1)).toMatchObject({
      type: 'response.completed',
      response: { output: [custom, { ...search, call_id: 'ls:1' }] },
    })
  })
})
