// Clients of Cohere's API v2: chat with every kind of model, the list of models, and what is rejected.
import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { expectedText } from '../src/sim/expected.ts'
import { type Fleet, startFleet } from '../src/sim/fleet.ts'
import { KEY, series, startGateway, type TestGateway } from './gateway.ts'
import { type Recorder, startRecorder } from './recorder.ts'

let fleet: Fleet
let native: Recorder
let gateway: TestGateway
beforeAll(async () => {
  fleet = await startFleet({ servers: 1, speed: 0 })
  native = startRecorder()
  const [url] = fleet.urls
  gateway = await startGateway({
    providers: {
      gpu: { type: 'vllm', baseUrl: url },
      claude: { type: 'anthropic', baseUrl: `${url}/v1`, apiKey: 'k', health: { enabled: false } },
      other: { type: 'openai-compatible', baseUrl: native.url, apiKey: 'k', health: { enabled: false } },
      native: { type: 'cohere', baseUrl: `${native.url}/v2`, apiKey: 'k', health: { enabled: false } },
    },
    models: {
      'sim-1b': { targets: ['gpu/sim-1b'], continueStreams: false, retries: 0 },
      claude: 'claude/sim-1b',
      native: { targets: ['native/command-a'], retries: 0 },
      other: { targets: ['other/m'], retries: 0 },
      exact: { targets: ['gpu/sim-1b'], strictTranslation: true },
    },
    routes: { '/v1/1b': 'sim-1b' },
  })
})
afterAll(async () => {
  await gateway?.stop()
  native?.stop()
  fleet?.stop()
})

const SDK = { 'x-fern-sdk-name': 'cohere' }
const messages = [{ role: 'user', content: 'Hello.' }]
const text = expectedText({ model: 'sim-1b', messages })
const chat = (more: object = {}) => gateway.post('/v2/chat', { model: 'sim-1b', messages, ...more }, SDK)
const json = async (response: Response) => ({ status: response.status, body: (await response.json()) as unknown })

interface StreamEvent {
  readonly type: string
  readonly delta: { readonly message: { readonly content: { readonly text: string } } }
}

/** The named events of a stream. */
const eventsIn = (stream: string) =>
  [...stream.matchAll(/^event: (.*)\ndata: (.*)$/gm)].map(([, name, data]) => ({
    name,
    event: JSON.parse(data!) as StreamEvent,
  }))

describe('a chat', () => {
  test('whole', async () => {
    const response = await chat()
    expect(response.headers.get('x-sluice-warnings')).toBeNull()
    expect(await json(response)).toEqual({
      status: 200,
      body: {
        id: expect.any(String),
        message: { role: 'assistant', content: [{ type: 'text', text }] },
        finish_reason: 'COMPLETE',
        usage: {
          billed_units: { input_tokens: expect.any(Number), output_tokens: expect.any(Number) },
          tokens: { input_tokens: expect.any(Number), output_tokens: expect.any(Number) },
          cached_tokens: expect.any(Number),
        },
      },
    })
  })

  test.each(['sim-1b', 'claude'])('streamed by %s: each event has its name', async (model) => {
    const response = await chat({ model, stream: true })
    expect(response.headers.get('content-type')).toStartWith('text/event-stream')
    const stream = await response.text()
    expect(stream).toEndWith('data: [DONE]\n\n')
    const events = eventsIn(stream)
    expect(events.every(({ name, event }) => name === event.type)).toBe(true)
    expect([...new Set(events.map(({ name }) => name))]).toEqual([
      'message-start',
      'content-start',
      'content-delta',
      'content-end',
      'message-end',
    ])
    const deltas = events.filter(({ name }) => name === 'content-delta')
    expect(deltas.map(({ event }) => event.delta.message.content.text).join('')).toBe(text)
    expect(events.at(-1)!.event).toMatchObject({
      delta: { finish_reason: 'COMPLETE', usage: { tokens: { output_tokens: expect.any(Number) } } },
    })
  })

  test.each(['/v2/chat', '/v1/v2/chat', '/v2/v2/chat', '//v2/chat', '/v1/1b/v2/chat'])('at %s', async (path) => {
    expect((await gateway.post(path, { model: 'sim-1b', messages }, SDK)).status).toBe(200)
  })

  test('with token probabilities and without their ids', async () => {
    const content = [{ token: 'Hi', logprob: -0.5, bytes: null, top_logprobs: [] }]
    const choice = {
      index: 0,
      message: { role: 'assistant', content: 'Hi' },
      finish_reason: 'stop',
      logprobs: { content },
    }
    native.respondWith(() => ({ id: 'x', choices: [choice] }))
    const response = await chat({ model: 'other', logprobs: true })
    expect(native.lastRequest).toMatchObject({ logprobs: true })
    expect(response.headers.get('x-sluice-warnings')).toContain('logprobs.token_ids')
    expect(await response.json()).toMatchObject({ logprobs: [{ text: 'Hi', token_ids: [], logprobs: [-0.5] }] })
  })

  test('with documents: the model reads them, a warning reports it, and strict translation rejects them', async () => {
    const documents = ['The sea is calm.', { id: 'doc-1', data: { title: 'Sea' } }]
    const content = ['Document 0:\nThe sea is calm.', 'Document doc-1:\n{"title":"Sea"}', 'Hello.']
    const parts = content.map((each) => ({ type: 'text', text: each }))
    const response = await chat({ documents })
    expect(response.headers.get('x-sluice-warnings')).toContain('documents: changed: sent as text')
    expect(await response.json()).toMatchObject({
      message: {
        content: [{ text: expectedText({ model: 'sim-1b', messages: [{ role: 'user', content: parts }] }) }],
      },
    })
    expect(await json(await chat({ documents, model: 'exact' }))).toEqual({
      status: 400,
      body: { id: expect.any(String), message: expect.stringContaining('documents') },
    })
  })

  test('whose stream breaks ends with an error', async () => {
    native.respondWith(() => [
      { type: 'message-start', id: 'x', delta: { message: { role: 'assistant' } } },
      { type: 'content-start', index: 0, delta: { message: { content: { type: 'text', text: 'So:' } } } },
    ])
    const events = eventsIn(await (await chat({ model: 'native', stream: true })).text())
    expect(events.at(-1)!.event).toMatchObject({
      type: 'message-end',
      delta: { finish_reason: 'ERROR', error: expect.any(String) },
    })
  })
})

describe('an upstream of the same API', () => {
  test('gets and sends fields that no other API has', async () => {
    const answer = { id: 'x', message: { role: 'assistant', content: [] }, finish_reason: 'COMPLETE', brand_new: 1 }
    native.respondWith(() => answer)
    const body = { messages, documents: ['a'], safety_mode: 'STRICT', citation_options: { mode: 'FAST' }, brand_new: 2 }
    const response = await chat({ ...body, model: 'native' })
    expect(native.lastRequest).toEqual({ model: 'command-a', ...body })
    expect(response.headers.get('x-sluice-warnings')).toBeNull()
    expect(await response.json()).toEqual(answer)
  })
})

describe('the models', () => {
  const get = (path: string, headers: Record<string, string> = SDK) =>
    fetch(gateway.url + path, { headers: { authorization: `Bearer ${KEY}`, ...headers } })

  test('have the form of the API for its libraries only', async () => {
    const { models } = (await (await get('/v1/models')).json()) as { models: { name: string }[] }
    expect(models.map(({ name }) => name)).toEqual(['sim-1b', 'claude', 'native', 'other', 'exact'])
    expect(await (await get('/v1/models/claude')).json()).toMatchObject({ name: 'claude', endpoints: ['chat'] })
    expect(await (await get('/v1/models', {})).json()).toMatchObject({ object: 'list' })
  })

  test('errors of the list have it too', async () => {
    expect(await json(await get('/v1/models/another'))).toEqual({
      status: 404,
      body: { id: expect.any(String), message: expect.stringContaining('no model "another"') },
    })
  })
})

describe('a path that does not exist', () => {
  test.each(['/v1/chat', '/v1/embed', '/v1/generate', '/v2/nothing', '/v1/check-api-key'])(
    '%s names the chat of version 2',
    async (path) => {
      expect(await json(await gateway.post(path, {}, SDK))).toEqual({
        status: 404,
        body: { id: expect.any(String), message: expect.stringContaining('the chat API is POST /v2/chat') },
      })
    },
  )

  test('/v1/chat does so for every client', async () => {
    expect(await json(await gateway.post('/v1/chat', {}))).toMatchObject({
      status: 404,
      body: { message: expect.stringContaining('POST /v2/chat. OpenAI') },
    })
  })

  test('and neither do others for GET', async () => {
    const response = await gateway.get('/v2/chat')
    expect([response.status, response.headers.get('allow')]).toEqual([405, 'POST'])
    expect(await response.json()).toEqual({ id: expect.any(String), message: expect.stringContaining('use POST') })
  })
})

describe('a bad request', () => {
  const valid = { model: 'sim-1b', messages }
  const user = (content: unknown) => ({ ...valid, messages: [{ role: 'user', content }] })
  const called = (calls: unknown) => ({ ...valid, messages: [...messages, { role: 'assistant', tool_calls: calls }] })
  const result = (fields: object) => ({ ...valid, messages: [...messages, { role: 'tool', ...fields }] })
  const huge = 'x'.repeat(200_000)
  test.each<[string, unknown, number, RegExp]>([
    ['is not JSON', '{', 400, /JSON/],
    ['is cut', JSON.stringify(valid).slice(0, -5), 400, /JSON/],
    ['is empty', '', 400, /no body/],
    ['is a list', [], 400, /object/],
    ['has no model', { messages }, 400, /"model" is missing/],
    ['has a model that is a number', { ...valid, model: 1 }, 400, /"model"/],
    ['names an unknown model', { ...valid, model: 'x' }, 404, /no model "x"/],
    ['has a second model in different case', { ...valid, Model: 'y' }, 400, /Write "model"/],
    ['has no messages', { model: 'sim-1b' }, 400, /"messages" is missing/],
    ['has the message of version 1', { model: 'sim-1b', message: 'Hi.' }, 400, /"messages" is missing/],
    ['has an empty list of messages', { ...valid, messages: [] }, 400, /must not be empty/],
    ['has messages that are text', { ...valid, messages: 'Hi.' }, 400, /"messages"/],
    ['has a message that is text', { ...valid, messages: ['x'] }, 400, /messages\[0\]/],
    ['has a message without a role', { ...valid, messages: [{ content: 'x' }] }, 400, /messages\[0\].role/],
    ['has an unknown role', { ...valid, messages: [{ role: 'CHATBOT', content: 'x' }] }, 400, /messages\[0\].role/],
    ['has a huge unknown role', { ...valid, messages: [{ role: huge, content: 'x' }] }, 400, /role is "x{60}\.\.\."/],
    ['has content that is a number', user(1), 400, /messages\[0\].content/],
    ['has a part that is a number', user([1]), 400, /messages\[0\].content\[0\]/],
    ['has a part without a type', user([{ text: 'x' }]), 400, /messages\[0\].content\[0\].type/],
    ['has a part of an unknown type', user([{ type: 'sound' }]), 400, /messages\[0\].content\[0\]: sound/],
    ['has an image without a URL', user([{ type: 'image_url', image_url: {} }]), 400, /content\[0\].image_url.url/],
    ['has calls that are text', called('x'), 400, /tool_calls/],
    ['has a call without a function', called([{ id: '1', type: 'function' }]), 400, /tool_calls\[0\].function/],
    ['has a call without a result', called([{ id: '1', function: { name: 'f', arguments: '{}' } }]), 400, /result/],
    ['has a result without an id', result({ content: 'x' }), 400, /messages\[1\].tool_call_id/],
    ['has a result that is a number', result({ tool_call_id: '1', content: 1 }), 400, /messages\[1\].content/],
    ['has tools that are an object', { ...valid, tools: {} }, 400, /"tools"/],
    ['has a tool without a function', { ...valid, tools: [{ type: 'function' }] }, 400, /tools\[0\].function/],
    ['has a tool of an unknown type', { ...valid, tools: [{ type: 'web' }] }, 400, /tools\[0\]: web/],
    [
      'has a schema that is text',
      { ...valid, tools: [{ function: { name: 'f', parameters: 'x' } }] },
      400,
      /parameters/,
    ],
    ['has an unknown choice', { ...valid, tool_choice: 'AUTO' }, 400, /tool_choice is "AUTO"; allowed: REQUIRED, NONE/],
    ['has a choice that is an object', { ...valid, tool_choice: {} }, 400, /"tool_choice"/],
    ['has strictness that is text', { ...valid, strict_tools: 'yes' }, 400, /"strict_tools"/],
    ['has documents that are text', { ...valid, documents: 'x' }, 400, /"documents"/],
    ['has a document that is a number', { ...valid, documents: ['x', 1] }, 400, /documents\[1\]/],
    ['has a document without data', { ...valid, documents: [{ id: '1' }] }, 400, /documents\[0\].data/],
    ['has a document whose data is a list', { ...valid, documents: [{ data: [] }] }, 400, /documents\[0\].data/],
    ['has an unknown format', { ...valid, response_format: { type: 'xml' } }, 400, /response_format.type/],
    ['has a format that is text', { ...valid, response_format: 'json' }, 400, /"response_format"/],
    [
      'has a schema of the response that is text',
      { ...valid, response_format: { type: 'json_object', json_schema: 'x' } },
      400,
      /response_format.json_schema/,
    ],
    ['has an unknown kind of thinking', { ...valid, thinking: { type: 'maybe' } }, 400, /thinking.type/],
    ['has a budget that is text', { ...valid, thinking: { type: 'enabled', token_budget: 'x' } }, 400, /token_budget/],
    ['has a stream that is text', { ...valid, stream: 'no' }, 400, /"stream"/],
    ['has a negative cap', { ...valid, max_tokens: -1 }, 400, /"max_tokens"/],
    ['has a negative temperature', { ...valid, temperature: -1 }, 400, /"temperature"/],
    ['has a k that is text', { ...valid, k: 'x' }, 400, /"k"/],
    [
      'has a seed too large for a double',
      `{"model":"sim-1b","seed":1e999,"messages":[{"role":"user","content":"x"}]}`,
      400,
      /seed/,
    ],
    ['has a stop sequence that is a number', { ...valid, stop_sequences: [1] }, 400, /stop_sequences/],
    ['has stop sequences that are text', { ...valid, stop_sequences: 'x' }, 400, /"stop_sequences"/],
    ['has probabilities that are text', { ...valid, logprobs: 'x' }, 400, /logprobs/],
    ['has 300 levels of nesting', `{"model":"sim-1b","messages":${'['.repeat(300)}${']'.repeat(300)}}`, 400, /deep/],
  ])('that %s', async (_title, body, status, message) => {
    const before = series(await gateway.metrics(), 'llm_provider_requests_total{provider="gpu",model="sim-1b"}')
    for (const stream of [false, true]) {
      const sent = typeof body === 'object' && !Array.isArray(body) && stream ? { stream, ...body } : body
      expect(await json(await gateway.post('/v2/chat', sent))).toEqual({
        status,
        body: { id: expect.any(String), message: expect.stringMatching(message) },
      })
    }
    expect(series(await gateway.metrics(), 'llm_provider_requests_total{provider="gpu",model="sim-1b"}')).toBe(before)
  })

  test('with a wrong key', async () => {
    const response = await fetch(`${gateway.url}/v2/chat`, {
      method: 'POST',
      body: '{}',
      headers: { authorization: 'Bearer x' },
    })
    expect(await json(response)).toEqual({ status: 401, body: { id: expect.any(String), message: expect.any(String) } })
  })
})

test('a schema that refers to itself reaches the model', async () => {
  const parameters = {
    type: 'object',
    properties: { next: { $ref: '#/$defs/node' } },
    $defs: { node: { type: 'object', properties: { next: { $ref: '#/$defs/node' } } } },
  }
  const tools = [{ type: 'function', function: { name: 'f', parameters } }]
  for (const model of ['sim-1b', 'claude']) expect((await chat({ tools, model })).status).toBe(200)
})
