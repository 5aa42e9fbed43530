// Claude at Bedrock by its own API: what the upstream gets, and what clients of each format get back.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'bun:test'
import { awsEventStreamMessage } from '../src/codecs/framing/aws-event-stream.ts'
import { readFrames } from '../src/codecs/framing/sse.ts'
import { checkStream as checkClaude } from '../src/formats/anthropic/grammar.ts'
import { startGateway, type TestGateway } from './gateway.ts'

const MODEL = 'us.anthropic.claude-sonnet-4-5-20250929-v1:0'
const PATH = `/model/${encodeURIComponent(MODEL)}/invoke`

let gateway: TestGateway
let upstream: Bun.Server<undefined>
let seen: { readonly path: string; readonly headers: Headers; readonly body: unknown } | undefined
let respond: () => Response
beforeAll(async () => {
  upstream = Bun.serve({
    hostname: '127.0.0.1',
    port: 0,
    async fetch(request) {
      const path = request.url.slice(new URL(request.url).origin.length)
      seen = { path, headers: request.headers, body: await request.json() }
      return respond()
    },
  })
  gateway = await startGateway({
    providers: { 'bedrock-claude': { baseUrl: `http://127.0.0.1:${upstream.port}`, apiKey: 'the-key' } },
    models: { claude: { targets: [{ provider: 'bedrock-claude', model: MODEL }], retries: 0 } },
  })
})
afterAll(async () => {
  await gateway?.stop()
  upstream?.stop(true)
})
beforeEach(() => {
  seen = undefined
  respond = () => Response.json(MESSAGE)
})

const usage = { input_tokens: 3, output_tokens: 2 }
const MESSAGE = {
  id: 'msg_bdrk_1',
  type: 'message',
  role: 'assistant',
  model: 'claude-sonnet-4-5-20250929',
  content: [
    { type: 'text', text: 'Hi.' },
    { type: 'new_block', value: 1 },
  ],
  stop_reason: 'end_turn',
  stop_sequence: null,
  usage,
  new_field: true,
}

const EVENTS = [
  { type: 'message_start', message: { ...MESSAGE, content: [], stop_reason: null } },
  { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } },
  { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: 'Hi.' } },
  { type: 'content_block_stop', index: 0 },
  { type: 'message_delta', delta: { stop_reason: 'end_turn', stop_sequence: null }, usage: { output_tokens: 2 } },
  { type: 'message_stop', 'amazon-bedrock-invocationMetrics': { inputTokenCount: 3 } },
]

const chunk = (event: object, more: object = { p: 'abcd' }) =>
  awsEventStreamMessage({
    name: 'chunk',
    data: JSON.stringify({ bytes: Buffer.from(JSON.stringify(event)).toString('base64'), ...more }),
  })
const stream = (...messages: Uint8Array[]) =>
  new Response(Buffer.concat(messages), { headers: { 'content-type': 'application/vnd.amazon.eventstream' } })

const messages = [{ role: 'user', content: 'Hello.' }]
const claude = { model: 'claude', max_tokens: 9, messages }
const post = (body: object, headers?: Record<string, string>) => gateway.post('/v1/messages', body, headers)

describe("a client of Anthropic's API", () => {
  test('sends its own body, and gets the whole response', async () => {
    const body = { ...claude, thinking: { type: 'enabled', budget_tokens: 1024 }, new_field: { a: 1.0 } }
    const response = await post({ ...body, stream: false })
    expect([response.headers.get('x-sluice-warnings'), await response.json()]).toEqual([null, MESSAGE])
    const { model: _, ...rest } = body
    expect([seen!.path, seen!.headers.get('authorization')]).toEqual([PATH, 'Bearer the-key'])
    expect(seen!.body).toEqual({ ...rest, anthropic_version: 'bedrock-2023-05-31' })
  })

  test("sends its betas in the body, without those that are Anthropic's own", async () => {
    const betas = 'claude-code-20250219, context-1m-2025-08-07,interleaved-thinking-2025-05-14,context-1m-2025-08-07'
    const response = await post(claude, { 'anthropic-beta': betas })
    const { anthropic_beta: sent } = seen!.body as { anthropic_beta: string[] }
    expect(sent).toEqual(['context-1m-2025-08-07', 'interleaved-thinking-2025-05-14'])
    expect(seen!.headers.get('anthropic-beta')).toBeNull()
    expect(response.headers.get('x-sluice-warnings')).toContain('claude-code-20250219')
  })

  test.each(['metadata', 'service_tier', 'container', 'inference_geo'])(
    'sends no %s, which Bedrock rejects, and gets a warning',
    async (field) => {
      const response = await post({ ...claude, [field]: field === 'metadata' ? { user_id: 'u' } : 'x' })
      expect([response.status, response.headers.get('x-sluice-warnings')]).toEqual([
        200,
        expect.stringContaining(field),
      ])
      expect(seen!.body).not.toHaveProperty(field)
    },
  )

  test("gets a stream as Anthropic's events, with unknown fields", async () => {
    respond = () => stream(...EVENTS.map((event) => chunk(event)))
    const response = await post({ ...claude, stream: true })
    expect(response.headers.get('content-type')).toStartWith('text/event-stream')
    const frames = readFrames(await response.text())
    expect(frames.map(({ name, data }) => [name, JSON.parse(data) as object])).toEqual(
      EVENTS.map((event) => [event.type, event]),
    )
    expect(seen!.path).toBe(`${PATH}-with-response-stream`)
    expect(seen!.body).not.toHaveProperty('stream')
  })

  const exception = awsEventStreamMessage({
    name: 'modelStreamErrorException',
    data: '{"message":"Broke.","originalStatusCode":500}',
    isError: true,
  })

  test('gets an HTTP error for an exception at the beginning of a stream', async () => {
    respond = () => stream(exception)
    const response = await post({ ...claude, stream: true })
    expect([response.status, await response.text()]).toEqual([500, expect.stringContaining('Broke.')])
  })

  test('gets an error event for an exception within a stream', async () => {
    let upstreamBody: ReadableStreamDefaultController<Uint8Array> | undefined
    respond = () => {
      const body = new ReadableStream<Uint8Array>({
        start(controller) {
          upstreamBody = controller
          controller.enqueue(Buffer.concat(EVENTS.slice(0, 3).map((event) => chunk(event))))
        },
      })
      return new Response(body, { headers: { 'content-type': 'application/vnd.amazon.eventstream' } })
    }
    const response = await post({ ...claude, stream: true }) // has begun
    upstreamBody!.enqueue(exception)
    upstreamBody!.close()
    const frames = readFrames(await response.text())
    expect(frames.map(({ name }) => name)).toEqual([
      'message_start',
      'content_block_start',
      'content_block_delta',
      'error',
    ])
    expect(frames.at(-1)!.data).toContain('Broke.')
  })

  test.each<[string, number, string, number, string]>([
    ['throttles', 429, 'ThrottlingException', 429, 'rate_limit_error'],
    ['rejects the request', 400, 'ValidationException', 400, 'invalid_request_error'],
    ['is overloaded', 503, 'ServiceUnavailableException', 529, 'overloaded_error'],
  ])("gets Anthropic's error if Bedrock %s", async (_title, status, name, seenStatus, type) => {
    respond = () => Response.json({ message: 'Why.' }, { status, headers: { 'x-amzn-errortype': name } })
    const response = await post(claude)
    expect([response.status, await response.json()]).toEqual([
      seenStatus,
      expect.objectContaining({ type: 'error', error: { type, message: 'Why.' } }),
    ])
  })
})

describe('a hostile stream', () => {
  test.each<[string, () => Uint8Array[]]>([
    [
      'of a chunk that is not base64 of JSON',
      () => [awsEventStreamMessage({ name: 'chunk', data: '{"bytes":"!!!"}' })],
    ],
    ['of a chunk that is not JSON', () => [awsEventStreamMessage({ name: 'chunk', data: 'x' })]],
    ['of a chunk that is a list', () => [chunk([1])]],
    ['with a wrong checksum', () => [chunk(EVENTS[0]!).with(9, 7)]],
    ['of nothing', () => []],
    ['of unknown messages', () => [awsEventStreamMessage({ name: 'other', data: '{}' })]],
    ['that is cut in a frame', () => [chunk(EVENTS[0]!).subarray(0, 40)]],
  ])('%s is an error before the response begins', async (_title, parts) => {
    respond = () => stream(...parts())
    const response = await post({ ...claude, stream: true })
    expect([response.status, await response.json()]).toEqual([500, expect.objectContaining({ type: 'error' })])
  })

  test('that ends without its last event ends in an error', async () => {
    respond = () => stream(...EVENTS.slice(0, 4).map((event) => chunk(event)))
    const frames = readFrames(await (await post({ ...claude, stream: true })).text())
    expect(frames.at(-1)!.name).toBe('error')
  })
})

describe('a client of another API', () => {
  test.each([false, true])("gets Claude's response in its own format, stream: %p", async (isStream) => {
    if (isStream) respond = () => stream(...EVENTS.map((event) => chunk(event)))
    const response = await gateway.post('/v1/chat/completions', { model: 'claude', messages, stream: isStream })
    const text = await response.text()
    expect([response.status, text.includes('Hi.')]).toEqual([200, true])
    expect(seen!.body).toMatchObject({ anthropic_version: 'bedrock-2023-05-31', max_tokens: expect.any(Number) })
    expect(seen!.body).not.toHaveProperty('model')
    expect(seen!.body).not.toHaveProperty('stream')
  })

  test('cannot send an image by its address, which Bedrock does not fetch', async () => {
    const content = [{ type: 'image_url', image_url: { url: 'https://example.com/a.png' } }]
    const body = { model: 'claude', messages: [{ role: 'user', content }] }
    const response = await gateway.post('/v1/chat/completions', body)
    expect([response.status, await response.json()]).toEqual([
      400,
      { error: expect.objectContaining({ param: 'messages[0].content[0]', code: 'unsupported_parameter' }) },
    ])
    expect(seen).toBeUndefined()
  })

  test("of Bedrock's own paths gets the same bytes", async () => {
    const body = { anthropic_version: 'bedrock-2023-05-31', max_tokens: 9, messages, anthropic_beta: ['any-beta'] }
    respond = () => stream(...EVENTS.map((event) => chunk(event)))
    const response = await gateway.post('/model/claude/invoke-with-response-stream', body)
    expect(Buffer.from(await response.bytes())).toEqual(Buffer.concat(EVENTS.map((event) => chunk(event, {}))))
    expect(seen!.body).toEqual(body)
  })

  test('of Vertex AI gets events', async () => {
    respond = () => stream(...EVENTS.map((event) => chunk(event)))
    const response = await gateway.post(
      '/v1/projects/p/locations/l/publishers/anthropic/models/claude:streamRawPredict',
      { anthropic_version: 'vertex-2023-10-16', max_tokens: 9, messages, stream: true },
    )
    expect(checkClaude(readFrames(await response.text()), false)).toEqual([])
    expect(seen!.body).toEqual({ anthropic_version: 'bedrock-2023-05-31', max_tokens: 9, messages })
  })
})
