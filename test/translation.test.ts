// One API format in, another out, over real sockets: what the upstream gets, and what the client gets back.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'bun:test'
import { parseFault } from '../src/sim/faults/fault.ts'
import { type Fleet, startFleet } from '../src/sim/fleet.ts'
import { chat, KEY, startGateway, type TestGateway } from './gateway.ts'
import { type Recorder, startRecorder } from './recorder.ts'

let fleet: Fleet
let upstream: Recorder
let gateway: TestGateway
beforeAll(async () => {
  upstream = startRecorder()
  fleet = await startFleet({ servers: 1, speed: 0 })
  const [url] = fleet.urls
  gateway = await startGateway({
    providers: {
      recorded: { type: 'openai-compatible', baseUrl: `${upstream.url}/v1` },
      responses: { type: 'responses-compatible', baseUrl: `${upstream.url}/v1` },
      mistral: { apiKey: 'k', baseUrl: `${upstream.url}/v1` },
      anthropic: { apiKey: 'k', baseUrl: `${upstream.url}/v1` },
      gemini: { apiKey: 'k', baseUrl: `${upstream.url}/v1beta` },
      gpu: { type: 'vllm', baseUrl: url },
      claude: { type: 'anthropic', baseUrl: `${url}/v1`, apiKey: 'k', health: { enabled: false } },
      gone: { type: 'anthropic', baseUrl: 'http://127.0.0.1:9', apiKey: 'k' },
    },
    models: {
      chat: 'recorded/m',
      responses: 'responses/m',
      mistral: 'mistral/mistral-large',
      claude: 'anthropic/claude-sonnet-4-6',
      gemini: 'gemini/gemini-2.5-pro',
      exact: { targets: ['anthropic/claude-sonnet-4-6'], strictTranslation: true },
      sim: { targets: ['gpu/sim-1b'], retries: 0, continueStreams: false },
      simclaude: { targets: ['claude/sim-1b'], retries: 0 },
      fallen: { targets: ['gone/x'], retries: 0, fallbacks: ['sim'] },
    },
  })
})
afterAll(async () => {
  await gateway?.stop()
  upstream?.stop()
  fleet?.stop()
})
beforeEach(() => fleet.servers[0]!.faults.clear())

const user = { role: 'user', content: 'Hello.' }
const completion = { choices: [{ index: 0, message: { role: 'assistant', content: 'Hi.' }, finish_reason: 'stop' }] }

describe('stop sequences at an upstream without them', () => {
  const item = (text: string) => ({
    type: 'message',
    id: 'msg_1',
    role: 'assistant',
    status: 'completed',
    content: [{ type: 'output_text', text, annotations: [] }],
  })
  const whole = (text: string) => ({
    id: 'resp_1',
    object: 'response',
    status: 'completed',
    output: [item(text)],
    usage: { input_tokens: 3, output_tokens: 9, total_tokens: 12 },
  })
  const stream = (...pieces: string[]) => [
    { type: 'response.created', response: { ...whole(''), status: 'in_progress', output: [] } },
    { type: 'response.output_item.added', output_index: 0, item: { ...item(''), content: [] } },
    ...pieces.map((delta) => ({
      type: 'response.output_text.delta',
      output_index: 0,
      content_index: 0,
      item_id: 'msg_1',
      delta,
    })),
    { type: 'response.output_item.done', output_index: 0, item: item(pieces.join('')) },
    { type: 'response.completed', response: whole(pieces.join('')) },
  ]
  const ask = (streams: boolean) => ({ model: 'responses', stream: streams, messages: [user], max_tokens: 99 })

  test('end the response for a Chat client', async () => {
    upstream.respondWith(() => whole('Thought: look.\nObservation: made up.'))
    const response = await gateway.post('/v1/chat/completions', { ...ask(false), stop: ['Observation:'] })
    expect(upstream.lastRequest).not.toHaveProperty('stop')
    expect(response.headers.get('x-sluice-warnings')).toStartWith('stop: changed:')
    expect(await response.json()).toMatchObject({
      choices: [{ message: { content: 'Thought: look.\n' }, finish_reason: 'stop' }],
      usage: { completion_tokens: 9 },
    })
  })

  test('end the stream for a Chat client, also over the borders of pieces', async () => {
    upstream.respondWith(() => stream('Thought: look.\nObs', 'erva', 'tion: made up.', ' More.'))
    const text = await (await gateway.post('/v1/chat/completions', { ...ask(true), stop: 'Observation:' })).text()
    const chunks = [...text.matchAll(/"content":"((?:[^"\\]|\\.)*)"/g)].map(([, content]) => content)
    expect(chunks.join('')).toBe('Thought: look.\\n')
    expect(text).toContain('"finish_reason":"stop"')
    expect(text).toEndWith('data: [DONE]\n\n')
  })

  test('are named for a Messages client', async () => {
    const sequences = { stop_sequences: ['END', 'Observation:'] }
    upstream.respondWith(() => whole('Thought: look.Observation: END'))
    expect(await (await gateway.post('/v1/messages', { ...ask(false), ...sequences })).json()).toMatchObject({
      content: [{ type: 'text', text: 'Thought: look.' }],
      stop_reason: 'stop_sequence',
      stop_sequence: 'Observation:',
    })
    upstream.respondWith(() => stream('Thought', ': look.E', 'ND and', ' more'))
    const text = await (await gateway.post('/v1/messages', { ...ask(true), ...sequences })).text()
    expect(text).toContain('"stop_reason":"stop_sequence","stop_sequence":"END"')
    expect(text).not.toContain('more')
  })

  test('are rejected where translation is strict', async () => {
    const strict = { 'x-sluice-strict': 'true' }
    const response = await gateway.post('/v1/chat/completions', { ...ask(false), stop: ['a'] }, strict)
    expect([response.status, await response.text()]).toEqual([400, expect.stringContaining('stop: changed:')])
  })
})

test('countTokens with a complete request is estimated with its instruction and tools', async () => {
  const contents = [{ role: 'user', parts: [{ text: 'Hello.' }] }]
  const more = { systemInstruction: { parts: [{ text: 'word '.repeat(400) }] } }
  const count = async (body: object) =>
    ((await (await gateway.post('/v1beta/models/sim:countTokens', body)).json()) as { totalTokens: number }).totalTokens
  const generateContentRequest = { model: 'models/sim', contents }
  expect(await count({ generateContentRequest })).toBe(await count({ contents }))
  expect(await count({ generateContentRequest: { ...generateContentRequest, ...more } })).toBeGreaterThan(400)
})

describe('agents that send no cap, to a Claude model', () => {
  test.each([
    ['Codex', '/v1/responses', { model: 'played', input: 'Hello.' }],
    ['Gemini CLI', '/v1beta/models/played:generateContent', { contents: [{ parts: [{ text: 'Hello.' }] }] }],
    ['a Chat client', '/v1/chat/completions', { model: 'played', messages: [user] }],
  ])('%s gets a response: the cap fits the window', async (_title, path, body) => {
    const claude = await startFleet({ model: 'claude-opus-4-5', speed: 0 })
    const own = await startGateway({
      providers: { claude: { type: 'anthropic', baseUrl: `${claude.urls[0]}/v1`, apiKey: 'k' } },
      models: { played: 'claude/claude-opus-4-5' },
    })
    const response = await own.post(path, body)
    await own.stop()
    claude.stop()
    expect(response.status).toBe(200)
  })
})

describe('tool names', () => {
  const name = 'files.read/v2'
  const ask = (stream: boolean) => ({
    model: 'chat',
    max_tokens: 100,
    stream,
    messages: [user],
    tools: [{ name, description: 'Reads', input_schema: { type: 'object', properties: {} } }],
    tool_choice: { type: 'tool', name },
  })
  const sentName = () => (upstream.lastRequest as { tools: { function: { name: string } }[] }).tools[0]!.function.name

  test('are changed to what the upstream accepts, and restored for the client', async () => {
    upstream.respondWith(() => ({
      choices: [
        {
          index: 0,
          finish_reason: 'tool_calls',
          message: {
            role: 'assistant',
            content: null,
            tool_calls: [{ id: 'c1', type: 'function', function: { name: sentName(), arguments: '{}' } }],
          },
        },
      ],
    }))
    const answer = await (await gateway.post('/v1/messages', ask(false))).json()
    expect(sentName()).toMatch(/^[a-zA-Z0-9_-]{1,64}$/)
    expect(upstream.lastRequest).toMatchObject({ tool_choice: { function: { name: sentName() } } })
    expect(answer).toMatchObject({ stop_reason: 'tool_use', content: [{ type: 'tool_use', name, input: {} }] })
  })

  test('are restored in a stream too', async () => {
    upstream.respondWith(() => [
      {
        choices: [
          {
            index: 0,
            delta: {
              role: 'assistant',
              tool_calls: [{ index: 0, id: 'c1', type: 'function', function: { name: sentName(), arguments: '{}' } }],
            },
          },
        ],
      },
      { choices: [{ index: 0, delta: {}, finish_reason: 'tool_calls' }] },
    ])
    const text = await (await gateway.post('/v1/messages', ask(true))).text()
    expect(text).toContain(JSON.stringify(name))
    expect(text).not.toContain(sentName())
    expect(text).toContain('event: message_stop')
  })
})

test('tool call ids have the form that Mistral requires, and match in call and result, even without translation', async () => {
  upstream.respondWith(() => completion)
  const id = 'call_0123456789abcdef'
  const call = { id, type: 'function', function: { name: 'f', arguments: '{}' } }
  const messages = [
    user,
    { role: 'assistant', content: null, tool_calls: [call] },
    { role: 'tool', tool_call_id: id, content: 'x' },
  ]
  await gateway.post('/v1/chat/completions', { model: 'mistral', messages })
  const { messages: sent } = upstream.lastRequest as {
    messages: { tool_calls?: { id: string }[]; tool_call_id?: string }[]
  }
  const fitted = sent[1]!.tool_calls![0]!.id
  expect(fitted).toMatch(/^[a-zA-Z0-9]{9}$/)
  expect(sent[2]!.tool_call_id).toBe(fitted)
})

test('a response that deviates from its API format is normalized', async () => {
  upstream.respondWith(() => ({
    choices: [
      {
        index: 0,
        finish_reason: 'stop',
        message: {
          role: 'assistant',
          content: [
            { type: 'thinking', thinking: [{ type: 'text', text: 'Hm.' }] },
            { type: 'text', text: 'Hi.' },
          ],
        },
      },
    ],
  }))
  const answer = await (await gateway.post('/v1/chat/completions', chat('x', { model: 'mistral' }))).json()
  expect(answer).toMatchObject({ choices: [{ message: { content: 'Hi.', reasoning_content: 'Hm.' } }] })
})

test('sealed reasoning of another provider is not sent to one that cannot read it', async () => {
  upstream.respondWith(() => ({
    type: 'message',
    role: 'assistant',
    content: [{ type: 'text', text: 'Hi.' }],
    stop_reason: 'end_turn',
    usage: { input_tokens: 1, output_tokens: 1 },
  }))
  const thinking = { type: 'thinking', thinking: 'Hm.', signature: 'sluice.1.gemini.s.abc' }
  const messages = [user, { role: 'assistant', content: [thinking, { type: 'text', text: 'Hi.' }] }, user]
  const response = await gateway.post('/v1/messages', { model: 'claude', max_tokens: 9, messages })
  expect(response.status).toBe(200)
  expect(JSON.stringify(upstream.lastRequest)).not.toContain('sluice.1.')
  expect(upstream.lastRequest).toMatchObject({ messages: [{}, { content: [{ type: 'text', text: 'Hi.' }] }, {}] })
})

test('integers that exceed a double stay exact in tool arguments', async () => {
  upstream.respondWith(() => completion)
  const use = '{"type":"tool_use","id":"t1","name":"f","input":{"id":12345678901234567890}}'
  const result = '{"type":"tool_result","tool_use_id":"t1","content":"x"}'
  const tools = '[{"name":"f","input_schema":{"type":"object"}}]'
  const body = `{"model":"chat","max_tokens":9,"tools":${tools},"messages":[{"role":"user","content":"x"},{"role":"assistant","content":[${use}]},{"role":"user","content":[${result}]}]}`
  await gateway.post('/v1/messages', body)
  expect(JSON.stringify(upstream.lastRequest)).toContain('12345678901234567890')
})

describe('an unsupported parameter', () => {
  const body = (model: string) => chat('x', { model, seed: 5 })
  const answer = {
    type: 'message',
    role: 'assistant',
    content: [{ type: 'text', text: 'Hi.' }],
    stop_reason: 'end_turn',
    usage: { input_tokens: 1, output_tokens: 1 },
  }
  beforeEach(() => upstream.respondWith(() => answer))

  test('is reported in x-sluice-warnings', async () => {
    const response = await gateway.post('/v1/chat/completions', body('claude'))
    expect([response.status, response.headers.get('x-sluice-warnings')]).toEqual([200, expect.stringContaining('seed')])
  })

  test.each<[string, string, Record<string, string>]>([
    ['set by the model', 'exact', {}],
    ['set by the client', 'claude', { 'x-sluice-strict': 'true' }],
  ])('is rejected with strict translation, %s', async (_title, model, headers) => {
    const response = await gateway.post('/v1/chat/completions', body(model), headers)
    expect(response.status).toBe(400)
    expect(await response.json()).toMatchObject({ error: { code: 'unsupported_parameter', param: 'seed' } })
  })

  test('is always rejected if its loss would change the meaning', async () => {
    const response = await gateway.post('/v1/chat/completions', chat('x', { model: 'claude', n: 2 }))
    expect([response.status, ((await response.json()) as { error: { param: string } }).error.param]).toEqual([400, 'n'])
  })
})

const anthropicBody = (model: string, more: object = {}) => ({ model, max_tokens: 50, messages: [user], ...more })
const geminiBody = { contents: [{ role: 'user', parts: [{ text: 'Hello.' }] }] }

describe("errors have the client's API format:", () => {
  test.each<[string, string, unknown, number, object]>([
    [
      'an unknown model, Chat Completions',
      '/v1/chat/completions',
      chat('x', { model: 'nil' }),
      404,
      { error: { code: 'model_not_found' } },
    ],
    [
      'an unknown model, Anthropic',
      '/v1/messages',
      anthropicBody('nil'),
      404,
      { type: 'error', error: { type: 'not_found_error' } },
    ],
    [
      'an unknown model, Gemini',
      '/v1beta/models/nil:generateContent',
      geminiBody,
      404,
      { error: { code: 404, status: 'NOT_FOUND' } },
    ],
    ['invalid JSON, Anthropic', '/v1/messages', '{', 400, { type: 'error', error: { type: 'invalid_request_error' } }],
    [
      'no prompt, Gemini',
      '/v1beta/models/sim:generateContent',
      {},
      400,
      { error: { code: 400, status: 'INVALID_ARGUMENT' } },
    ],
    [
      'an invalid part, Anthropic',
      '/v1/messages',
      { model: 'chat', max_tokens: 5, messages: [{ role: 'user', content: [5] }] },
      400,
      { type: 'error', error: { message: expect.stringContaining('messages[0].content[0]') } },
    ],
  ])('%s', async (_title, path, body, status, shape) => {
    const response = await gateway.post(path, body)
    expect(response.status).toBe(status)
    expect(await response.json()).toMatchObject(shape)
  })

  test.each<[string, object]>([
    ['/v1/chat/completions', { error: { code: 'missing_api_key' } }],
    ['/v1/messages', { type: 'error', error: { type: 'authentication_error' } }],
    ['/v1beta/models/sim:generateContent', { error: { code: 401, status: 'UNAUTHENTICATED' } }],
  ])('no key at %s', async (path, shape) => {
    const response = await fetch(gateway.url + path, { method: 'POST', body: '{}' })
    expect(response.status).toBe(401)
    expect(await response.json()).toMatchObject(shape)
  })

  test.each<[string, string, object, number, string]>([
    ['status-503', '/v1/messages', anthropicBody('sim'), 529, 'overloaded_error'],
    ['status-429', '/v1/messages', anthropicBody('sim'), 429, 'rate_limit_error'],
    ['status-503', '/v1beta/models/sim:generateContent', geminiBody, 503, 'UNAVAILABLE'],
    ['status-503', '/v1/chat/completions', chat('x', { model: 'simclaude' }), 503, 'server_error'],
    ['status-429', '/v1/chat/completions', chat('x', { model: 'simclaude' }), 429, 'rate_limit'],
    ['html-error', '/v1/messages', anthropicBody('sim'), 500, 'api_error'],
    ['truncated-json', '/v1/messages', anthropicBody('sim'), 500, 'api_error'],
    ['empty', '/v1/chat/completions', chat('x', { model: 'simclaude' }), 502, 'api_error'],
  ])('%s at %s of %j: %d', async (kind, path, body, status, word) => {
    await fleet.servers[0]!.faults.arm(parseFault(`${kind}:1:1`))
    const response = await gateway.post(path, body)
    expect(response.status).toBe(status)
    expect(await response.text()).toContain(word)
  })
})

describe('a stream that fails', () => {
  test.each<[string, string, object, string, string]>([
    ['Anthropic', '/v1/messages', anthropicBody('sim', { stream: true }), 'event: error', 'message_stop'],
    ['Gemini', '/v1beta/models/sim:streamGenerateContent?alt=sse', geminiBody, '"error":', 'finishReason'],
    [
      'Chat Completions, of an Anthropic upstream',
      '/v1/chat/completions',
      chat('x', { model: 'simclaude', stream: true }),
      '"error":',
      '"finish_reason":"stop"',
    ],
  ])(
    'ends with an error and without a finish reason, in the format of %s',
    async (_title, path, body, error, finish) => {
      await fleet.servers[0]!.faults.arm(parseFault('cut:1:1:after=4'))
      const response = await gateway.post(path, body)
      expect(response.status).toBe(200)
      const text = await response.text()
      expect(text).toContain(error)
      expect(text).not.toContain(finish)
    },
  )

  test('before its first event causes an HTTP error', async () => {
    await fleet.servers[0]!.faults.arm(parseFault('error-event:1:1'))
    const response = await gateway.post('/v1/messages', anthropicBody('sim', { stream: true }))
    expect([response.status, response.headers.get('content-type')]).toEqual([500, 'application/json'])
  })
})

test('a fallback can have another API format than the model that failed', async () => {
  const response = await gateway.post('/v1/chat/completions', chat('x', { model: 'fallen' }))
  expect([response.status, response.headers.get('x-sluice-model')]).toEqual([200, 'sim'])
})

test('a Gemini stream without alt=sse is one JSON array', async () => {
  const response = await gateway.post('/v1beta/models/sim:streamGenerateContent', geminiBody)
  expect(response.headers.get('content-type')).toContain('application/json')
  const chunks = (await response.json()) as { candidates?: { finishReason?: string }[] }[]
  expect(chunks.length).toBeGreaterThan(2)
  expect(chunks.at(-1)!.candidates![0]!.finishReason).toBe('STOP')
})

describe('the key is accepted where each library puts it:', () => {
  test.each<[string, string, Record<string, string>, unknown]>([
    ['x-api-key', '/v1/messages', { 'x-api-key': KEY }, anthropicBody('sim')],
    ['a bearer token, for Anthropic', '/v1/messages', { authorization: `Bearer ${KEY}` }, anthropicBody('sim')],
    ['x-goog-api-key', '/v1beta/models/sim:generateContent', { 'x-goog-api-key': KEY }, geminiBody],
    ['the query string', `/v1/models/sim:generateContent?key=${KEY}`, {}, geminiBody],
  ])('%s', async (_title, path, headers, body) => {
    const response = await fetch(gateway.url + path, { method: 'POST', headers, body: JSON.stringify(body) })
    expect(response.status).toBe(200)
  })
})

describe('tokens are counted', () => {
  test.each<[string, string, object, string]>([
    [
      'by an upstream that counts, for Anthropic',
      '/v1/messages/count_tokens',
      { model: 'simclaude', messages: [user] },
      'input_tokens',
    ],
    [
      'by estimate if the upstream does not count',
      '/v1/messages/count_tokens',
      { model: 'sim', messages: [user] },
      'input_tokens',
    ],
    ['for Google', '/v1beta/models/sim:countTokens', geminiBody, 'totalTokens'],
  ])('%s', async (_title, path, body, field) => {
    const response = await gateway.post(path, body)
    expect(response.status).toBe(200)
    expect(((await response.json()) as Record<string, number>)[field]).toBeGreaterThan(0)
    const isEstimate = response.headers.get('x-sluice-warnings')?.includes('estimated') === true
    expect(isEstimate).toBe(response.headers.get('x-sluice-model') === 'sim')
  })

  test.each<[string, object, number]>([
    ['a count without a prompt', { model: 'sim' }, 400],
    ['a count with an unknown model', { model: 'nil', messages: [user] }, 404],
    ['a count with an invalid part', { model: 'sim', messages: [{ role: 'user', content: [{}] }] }, 400],
  ])('%s is rejected', async (_title, body, status) => {
    const response = await gateway.post('/v1/messages/count_tokens', body)
    expect(response.status).toBe(status)
    expect(await response.json()).toMatchObject({ type: 'error' })
  })
})
