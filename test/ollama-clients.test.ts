// Clients of Ollama's own API: its pages, requests for one prompt, embeddings, and what is rejected.
import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { expectedText } from '../src/sim/expected.ts'
import { type Fleet, startFleet } from '../src/sim/fleet.ts'
import { KEY, series, startGateway, type TestGateway } from './gateway.ts'
import { type Recorder, startRecorder } from './recorder.ts'

let fleet: Fleet
let native: Recorder
let ndjson: ReturnType<typeof startLines>
let gateway: TestGateway
beforeAll(async () => {
  fleet = await startFleet({ servers: 1, speed: 0 })
  native = startRecorder()
  ndjson = startLines()
  const [url] = fleet.urls
  gateway = await startGateway({
    providers: {
      gpu: { type: 'vllm', baseUrl: url },
      claude: { type: 'anthropic', baseUrl: `${url}/v1`, apiKey: 'k', health: { enabled: false } },
      native: { type: 'ollama-native', baseUrl: native.url, health: { enabled: false } },
      lines: { type: 'ollama-native', baseUrl: ndjson.url, health: { enabled: false } },
      vectors: { type: 'voyage', baseUrl: `${native.url}/v1`, apiKey: 'k' },
    },
    models: {
      'sim-1b': { targets: ['gpu/sim-1b'], continueStreams: false, retries: 0 },
      claude: 'claude/sim-1b',
      native: 'native/llama3.2',
      lines: 'lines/llama3.2',
      exact: { targets: ['gpu/sim-1b'], strictTranslation: true },
      vectors: 'vectors/voyage-3',
    },
    routes: { '/v1/1b': 'sim-1b' },
  })
})
afterAll(async () => {
  await gateway?.stop()
  native?.stop()
  ndjson?.stop()
  fleet?.stop()
})

/** A server of Ollama's API that streams these lines. */
function startLines() {
  let lines: readonly string[] = []
  const server = Bun.serve({
    hostname: '127.0.0.1',
    port: 0,
    fetch: () =>
      new Response(lines.map((line) => `${line}\n`).join(''), { headers: { 'content-type': 'application/x-ndjson' } }),
  })
  return {
    url: `http://127.0.0.1:${server.port}`,
    respondWith(next: readonly string[]) {
      lines = next
    },
    stop: () => void server.stop(true),
  }
}

const json = async (response: Response) => ({ status: response.status, body: (await response.json()) as unknown })
const linesOf = (text: string) =>
  text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>)
const messages = [{ role: 'user', content: 'Hello.' }]
const text = expectedText({ model: 'sim-1b', messages })

describe('a chat', () => {
  test('is streamed unless the client says otherwise, and ends with counts and durations', async () => {
    const response = await gateway.post('/api/chat', { model: 'sim-1b', messages })
    expect(response.headers.get('content-type')).toBe('application/x-ndjson')
    const lines = linesOf(await response.text())
    const last = lines.pop()!
    expect(lines.map(({ message }) => (message as { content: string }).content).join('')).toBe(text)
    expect(lines.every(({ done, model }) => done === false && model === 'sim-1b')).toBe(true)
    expect(last).toMatchObject({ done: true, done_reason: 'stop', message: { role: 'assistant', content: '' } })
    const { total_duration: total, prompt_eval_duration: first, eval_duration: rest } = last
    expect(Number(total)).toBeGreaterThan(0)
    expect(Number(first) + Number(rest)).toBe(Number(total))
    expect([last['prompt_eval_count'], last['eval_count']]).toEqual([expect.any(Number), expect.any(Number)])
  })

  test('is one object on request', async () => {
    const { status, body } = await json(await gateway.post('/api/chat', { model: 'sim-1b', messages, stream: false }))
    expect(status).toBe(200)
    expect(body).toMatchObject({
      model: 'sim-1b',
      message: { content: text },
      done: true,
      total_duration: expect.any(Number),
    })
  })

  test.each(['sim-1b:latest', 'sim-1b'])('finds the model %s', async (model) => {
    const { status } = await gateway.post('/api/chat', { model, messages, stream: false })
    expect(status).toBe(200)
    expect((await gateway.post('/v1/1b/api/chat', { model, messages, stream: false })).status).toBe(200)
  })

  test('only clients of this API may add the tag', async () => {
    expect((await gateway.post('/v1/chat/completions', { model: 'sim-1b:latest', messages })).status).toBe(404)
  })

  test('what only Ollama has is removed with a warning; how long the model stays loaded is no loss', async () => {
    const ask = (more: object) => gateway.post('/api/chat', { model: 'sim-1b', messages, stream: false, ...more })
    const plain = await ask({ keep_alive: '10m', options: { temperature: 0.5, seed: 1, num_predict: -1 } })
    expect([plain.status, plain.headers.get('x-sluice-warnings')]).toEqual([200, null])
    const lossy = await ask({ options: { num_ctx: 4096 } })
    expect([lossy.status, lossy.headers.get('x-sluice-warnings')]).toEqual([200, expect.stringContaining('options')])
    expect((await ask({ model: 'exact', options: { num_ctx: 4096 } })).status).toBe(400)
  })
})

describe('a request for one prompt', () => {
  const ask = (more: object) => gateway.post('/api/generate', { model: 'sim-1b', prompt: 'Hello.', ...more })

  test('is a conversation of one message', async () => {
    const lines = linesOf(await (await ask({})).text())
    expect(lines.map(({ response }) => response).join('')).toBe(text)
    expect(lines.at(-1)).toMatchObject({ done: true, done_reason: 'stop', response: '' })
    expect(lines.every((line) => !('message' in line))).toBe(true)
    expect((await json(await ask({ stream: false }))).body).toMatchObject({ response: text, done: true })
  })

  test('has the instructions and the images of its fields', async () => {
    const conversation = [{ role: 'system', content: 'Be brief.' }, ...messages]
    const expected = expectedText({ model: 'sim-1b', messages: conversation })
    expect((await json(await ask({ system: 'Be brief.', stream: false }))).body).toMatchObject({ response: expected })
    expect((await ask({ images: ['iVBORw0KGgo='], stream: false, model: 'claude' })).status).toBe(200)
  })

  test.each<[string, object, number, string]>([
    ['a suffix', { suffix: 'end' }, 400, 'suffix'],
    ['a raw prompt', { raw: true }, 400, 'raw'],
    ['a template', { template: '{{ .Prompt }}' }, 400, 'template'],
  ])(
    'with %s is rejected by other models, because the response would be another',
    async (_title, more, status, field) => {
      const response = await json(await ask({ ...more, stream: false }))
      expect(response).toEqual({ status, body: { error: expect.stringContaining(field) } })
    },
  )

  test('loses the tokens of an earlier conversation, with a warning', async () => {
    const response = await ask({ context: [1, 2], stream: false, suffix: '', raw: false, template: '' })
    expect([response.status, response.headers.get('x-sluice-warnings')]).toEqual([
      200,
      expect.stringContaining('context'),
    ])
  })
})

describe('a request without a prompt', () => {
  test.each<[string, object, object]>([
    ['chat', {}, { message: { role: 'assistant', content: '' }, done_reason: 'load' }],
    ['chat', { messages: [] }, { message: { role: 'assistant', content: '' }, done_reason: 'load' }],
    ['generate', { prompt: '', keep_alive: '5m' }, { response: '', done_reason: 'load' }],
    ['generate', { keep_alive: 0 }, { response: '', done_reason: 'unload' }],
  ])('/api/%s with %j returns at once, because every model is ready', async (path, more, expected) => {
    const before = series(await gateway.metrics(), 'llm_provider_requests_total{provider="gpu",model="sim-1b"}')
    const response = await gateway.post(`/api/${path}`, { model: 'sim-1b', ...more })
    expect(response.headers.get('content-type')).toBe('application/json')
    expect(await response.json()).toEqual({ model: 'sim-1b', created_at: expect.any(String), done: true, ...expected })
    expect(series(await gateway.metrics(), 'llm_provider_requests_total{provider="gpu",model="sim-1b"}')).toBe(before)
  })

  test('reaches an upstream that can load models', async () => {
    const line =
      '{"model":"llama3.2","created_at":"2026-01-01T00:00:00Z","response":"","done":true,"done_reason":"load"}'
    ndjson.respondWith([line])
    const response = await gateway.post('/api/generate', { model: 'lines', keep_alive: -1 })
    expect(await response.text()).toBe(`${line}\n`)
  })
})

describe('an upstream of the same API', () => {
  const lines = [
    '{"model":"llama3.2","created_at":"2026-01-01T00:00:00Z","response":"Hi","done":false,"new":1}',
    '{"model":"llama3.2","created_at":"2026-01-01T00:00:01Z","response":"","done":true,"done_reason":"stop","context":[1,2],"eval_count":3,"prompt_eval_count":4}',
  ]

  test('gets and sends fields that no other API has', async () => {
    native.respondWith(() => JSON.parse(lines[1]!) as object)
    const body = { prompt: 'x', suffix: 'y', raw: true, template: 't', context: [1], options: { num_ctx: 1 } }
    const response = await json(await gateway.post('/api/generate', { ...body, model: 'native', stream: false }))
    expect(native.lastRequest).toEqual({ ...body, model: 'llama3.2', stream: false })
    expect(response).toEqual({ status: 200, body: JSON.parse(lines[1]!) })
  })

  test('is forwarded line by line', async () => {
    ndjson.respondWith(lines)
    const response = await gateway.post('/api/generate', { model: 'lines', prompt: 'x' })
    expect(await response.text()).toBe(`${lines.join('\n')}\n`)
    expect(series(await gateway.metrics(), 'sluice_tokens_total{provider="lines",model="lines",kind="output"}')).toBe(3)
  })

  test('whose stream ends too soon causes an error in the last line', async () => {
    ndjson.respondWith(lines.slice(0, 1))
    const response = await gateway.post('/api/generate', { model: 'lines', prompt: 'x' })
    expect(linesOf(await response.text())).toEqual([
      JSON.parse(lines[0]!) as Record<string, unknown>,
      { error: expect.any(String) },
    ])
  })

  test('makes vectors in its own format', async () => {
    const body = { model: 'llama3.2', embeddings: [[1, 2]], prompt_eval_count: 2 }
    native.respondWith(() => body)
    const answer = await gateway.post('/v1/embeddings', { model: 'native', input: 'x', dimensions: 2 })
    expect(native.lastRequest).toEqual({ model: 'llama3.2', input: ['x'], dimensions: 2 })
    expect(await answer.json()).toMatchObject({ data: [{ embedding: [1, 2] }], usage: { prompt_tokens: 2 } })
    expect((await json(await gateway.post('/api/embed', { model: 'native', input: 'x' }))).body).toEqual(body)
  })
})

describe('embeddings', () => {
  const vectors = {
    object: 'list',
    data: [{ index: 0, embedding: [1, 2] }],
    model: 'voyage-3',
    usage: { total_tokens: 5 },
  }

  test('of several texts or one', async () => {
    const { body } = await json(
      await gateway.post('/api/embed', { model: 'sim-1b', input: ['a', 'b'], truncate: true }),
    )
    expect(body).toEqual({
      model: 'sim-1b',
      embeddings: [expect.any(Array), expect.any(Array)],
      prompt_eval_count: expect.any(Number),
    })
    native.respondWith(() => vectors)
    const response = await gateway.post('/api/embed', { model: 'vectors', input: 'a', keep_alive: 0 })
    expect([response.headers.get('x-sluice-warnings'), await response.json()]).toEqual([
      null,
      { model: 'voyage-3', embeddings: [[1, 2]], prompt_eval_count: 5 },
    ])
  })

  test('in the older form', async () => {
    native.respondWith(() => vectors)
    const response = await gateway.post('/api/embeddings', { model: 'vectors', prompt: 'a' })
    expect(await response.json()).toEqual({ embedding: [1, 2] })
  })
})

describe('pages', () => {
  test('list the models', async () => {
    const { models } = (await (await gateway.get('/api/tags')).json()) as { models: Record<string, unknown>[] }
    expect(models.map(({ name }) => name)).toEqual(['sim-1b', 'claude', 'native', 'lines', 'exact', 'vectors'])
    expect(models[0]).toMatchObject({ model: 'sim-1b', digest: expect.stringMatching(/^[0-9a-f]{64}$/), details: {} })
    expect(((await (await gateway.get('/v1/1b/api/tags')).json()) as { models: object[] }).models).toHaveLength(1)
  })

  test.each<[string, string, object]>([
    ['model', 'sim-1b', { capabilities: ['completion', 'tools'] }],
    ['name', 'sim-1b:latest', { capabilities: ['completion', 'tools'] }],
    ['model', 'vectors', { capabilities: ['embedding'] }],
  ])('show a model by its %s %s', async (field, name, expected) => {
    expect(await json(await gateway.post('/api/show', { [field]: name }))).toEqual({
      status: 200,
      body: expect.objectContaining(expected),
    })
  })

  test('show the version and no running models', async () => {
    expect(await (await gateway.get('/api/version')).json()).toEqual({
      version: expect.stringMatching(/^\d+\.\d+\.\d+$/),
    })
    expect(await (await gateway.get('/api/ps')).json()).toEqual({ models: [] })
  })

  test('need a key', async () => {
    for (const page of ['tags', 'ps', 'version']) {
      const { status, body } = await json(await fetch(`${gateway.url}/api/${page}`))
      expect([page, status, body]).toEqual([page, 401, { error: expect.any(String) }])
    }
  })
})

describe('a bad request', () => {
  const valid = { model: 'sim-1b', messages, stream: false }
  const generate = { model: 'sim-1b', prompt: 'x', stream: false }
  test.each<[string, string, unknown, number, RegExp]>([
    ['is not JSON', 'chat', '{', 400, /JSON/],
    ['is empty', 'chat', '', 400, /no body/],
    ['is a list', 'chat', [], 400, /object/],
    ['has no model', 'chat', { messages }, 400, /"model" is missing/],
    ['names an unknown model', 'chat', { ...valid, model: 'x:latest' }, 404, /no model "x:latest"/],
    ['has a second model in different case', 'chat', { ...valid, Model: 'y' }, 400, /Write "model"/],
    ['has a message that is text', 'chat', { ...valid, messages: ['x'] }, 400, /messages\[0\]/],
    ['has a message without a role', 'chat', { ...valid, messages: [{ content: 'x' }] }, 400, /messages\[0\].role/],
    ['has an unknown role', 'chat', { ...valid, messages: [{ role: 'x' }] }, 400, /messages\[0\].role/],
    ['has content that is a list', 'chat', { ...valid, messages: [{ role: 'user', content: [] }] }, 400, /content/],
    [
      'has an image that is a number',
      'chat',
      { ...valid, messages: [{ ...messages[0], images: [1] }] },
      400,
      /images\[0\]/,
    ],
    ['has a stream that is text', 'chat', { ...valid, stream: 'no' }, 400, /"stream"/],
    ['has options that are a list', 'chat', { ...valid, options: [] }, 400, /"options"/],
    [
      'has a temperature that is text',
      'chat',
      { ...valid, options: { temperature: 'hot' } },
      400,
      /options.temperature/,
    ],
    ['has a stop that is a number', 'chat', { ...valid, options: { stop: 1 } }, 400, /options.stop/],
    ['has an unknown format', 'chat', { ...valid, format: 'xml' }, 400, /format/],
    ['has a format that is a number', 'chat', { ...valid, format: 1 }, 400, /"format"/],
    ['has tools that are an object', 'chat', { ...valid, tools: {} }, 400, /"tools"/],
    ['has a tool without a function', 'chat', { ...valid, tools: [{ type: 'function' }] }, 400, /tools\[0\]/],
    [
      'has calls that are text',
      'chat',
      { ...valid, messages: [{ role: 'assistant', tool_calls: 'x' }] },
      400,
      /tool_calls/,
    ],
    [
      'has 300 levels of nesting',
      'chat',
      `{"model":"sim-1b","messages":${'['.repeat(300)}${']'.repeat(300)}}`,
      400,
      /deep/,
    ],
    ['loads an unknown model', 'generate', { model: 'sim-2b' }, 404, /no model/],
    ['loads no model', 'chat', {}, 400, /"model" is missing/],
    ['has a prompt that is a list', 'generate', { ...generate, prompt: ['x'] }, 400, /"prompt"/],
    ['has a system that is a number', 'generate', { ...generate, system: 1 }, 400, /system/],
    ['has images that are text', 'generate', { ...generate, images: 'x' }, 400, /images/],
    ['has a context that is text', 'generate', { ...generate, context: 'x' }, 400, /context/],
    ['has no input', 'embed', { model: 'sim-1b' }, 400, /"input" is missing/],
    ['has an empty list of inputs', 'embed', { model: 'sim-1b', input: [] }, 400, /must not be empty/],
    ['has an input that is a number', 'embed', { model: 'sim-1b', input: [1] }, 400, /input\[0\]/],
    ['has a list of prompts', 'embeddings', { model: 'sim-1b', prompt: ['x'] }, 400, /"prompt"/],
    ['shows no model', 'show', {}, 400, /"model" is missing/],
    ['shows an unknown model', 'show', { model: 'sim-2b' }, 404, /Did you mean "sim-1b"/],
    ['shows a model that is a list', 'show', { model: ['sim-1b'] }, 400, /"model" is missing/],
    ['shows what is not JSON', 'show', 'x', 400, /JSON/],
    ['shows a list', 'show', '[]', 400, /object/],
  ])('%s: /api/%s', async (_title, path, body, status, message) => {
    const response = await gateway.post(`/api/${path}`, body)
    expect(await json(response)).toEqual({ status, body: { error: expect.stringMatching(message) } })
    expect(response.headers.get('x-request-id')).not.toBeNull()
  })

  test.each([
    ['GET', 'chat', 405],
    ['POST', 'tags', 405],
    ['POST', 'pull', 404],
    ['DELETE', 'delete', 404],
  ])('%s /api/%s is %d', async (method, path, status) => {
    const headers = { authorization: `Bearer ${KEY}` }
    expect((await fetch(`${gateway.url}/api/${path}`, { method, headers })).status).toBe(status)
  })
})
