// Upstreams whose model gives up, over sockets: no client gets an empty success. Before the first byte another endpoint is
// tried; after it the stream ends with an error event.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'bun:test'
import { awsEventStreamMessage } from '../src/codecs/framing/aws-event-stream.ts'
import { answer, type ScriptedUpstream, startScriptedUpstream } from './scripted.ts'
import { startManualUpstream } from './manual-upstream.ts'
import { startGateway, type TestGateway } from './gateway.ts'
import { converse, google, chat as chunks } from './formats/translate.ts'

/** 424 is Bedrock's status for a model that failed. */
const FAILED = 424

type Events = readonly object[]

const sse = (events: Events) => events.map((event) => `data: ${JSON.stringify(event)}\n\n`).join('')
const aws = (events: Events) =>
  Buffer.concat(
    events.map((event) =>
      Buffer.from(
        awsEventStreamMessage({ name: Object.keys(event)[0]!, data: JSON.stringify(Object.values(event)[0]) }),
      ),
    ),
  )
const response = (body: unknown, type: string) => () =>
  new Response(body as string, { headers: { 'content-type': type } })
const EVENTS = 'text/event-stream'

/** What an upstream of one format returns: whole, as a stream, and as a stream that begins with text. */
interface GivenUp {
  readonly format: string
  readonly title: string
  readonly whole: object
  readonly events: Events
  readonly begun: Events
  readonly message: string
}

const geminiRow = (reason: string, more: object = {}): GivenUp => ({
  format: 'gemini',
  title: reason,
  whole: { candidates: [{ index: 0, finishReason: reason, ...more }], modelVersion: 'm' },
  events: [{ candidates: [{ index: 0, finishReason: reason, ...more }], modelVersion: 'm' }],
  begun: [
    google.chunk([{ text: 'So:' }]),
    { candidates: [{ index: 0, finishReason: reason === 'OTHER' ? 'MALFORMED_RESPONSE' : reason, ...more }] },
  ],
  message: reason,
})
const converseRow = (reason: string): GivenUp => ({
  format: 'bedrock',
  title: reason,
  whole: { output: { message: { role: 'assistant', content: [] } }, stopReason: reason },
  events: [converse.start, ...converse.end(reason)],
  begun: [converse.start, ...converse.text(0, 'So:'), ...converse.end(reason)],
  message: reason,
})
const chatRow = (title: string, choice: object, more: object = {}): GivenUp => ({
  format: 'chat',
  title,
  whole: { id: 'c', choices: [{ index: 0, message: { role: 'assistant', content: null }, ...choice }], ...more },
  events: [chunks.chunk([{ index: 0, delta: {}, ...choice }], more)],
  begun: [chunks.delta({ content: 'So:' }), chunks.chunk([{ index: 0, delta: {}, ...choice }], more)],
  message: '',
})

const ROWS: readonly GivenUp[] = [
  geminiRow('MALFORMED_FUNCTION_CALL', { finishMessage: 'Malformed function call: print(f(' }),
  geminiRow('UNEXPECTED_TOOL_CALL'),
  geminiRow('TOO_MANY_TOOL_CALLS'),
  geminiRow('MALFORMED_RESPONSE'),
  geminiRow('OTHER'),
  converseRow('malformed_tool_use'),
  converseRow('malformed_model_output'),
  chatRow('error (Mistral)', { finish_reason: 'error' }),
  chatRow('interrupted (DeepSeek)', { finish_reason: 'insufficient_system_resource' }),
  chatRow('network error (z.ai)', { finish_reason: 'network_error' }),
  chatRow('aborted (vLLM, SGLang)', { finish_reason: 'abort' }),
  chatRow(
    'error (OpenRouter)',
    { finish_reason: 'error', native_finish_reason: 'MALFORMED_FUNCTION_CALL' },
    { error: { code: 502, message: 'Provider returned error' } },
  ),
  {
    format: 'cohere',
    title: 'ERROR',
    whole: { id: 'x', finish_reason: 'ERROR', message: { role: 'assistant', content: [] } },
    events: [
      { type: 'message-start', id: 'x', delta: { message: { role: 'assistant' } } },
      { type: 'message-end', delta: { finish_reason: 'ERROR', error: 'out of luck' } },
    ],
    begun: [
      { type: 'message-start', id: 'x', delta: { message: { role: 'assistant' } } },
      { type: 'content-start', index: 0, delta: { message: { content: { type: 'text', text: 'So:' } } } },
      { type: 'content-end', index: 0 },
      { type: 'message-end', delta: { finish_reason: 'ERROR', error: 'out of luck' } },
    ],
    message: '',
  },
]

type Client = readonly [name: string, send: (model: string, stream: boolean) => Promise<Response>]

const messages = [{ role: 'user', content: 'Hi' }]
const CLIENTS: readonly Client[] = [
  ['chat', (model, stream) => gateway.post('/v1/chat/completions', { model, stream, messages })],
  ['responses', (model, stream) => gateway.post('/v1/responses', { model, stream, input: 'Hi' })],
  ['anthropic', (model, stream) => gateway.post('/v1/messages', { model, stream, max_tokens: 99, messages })],
  [
    'gemini',
    (model, stream) =>
      gateway.post(`/v1beta/models/${model}:${stream ? 'streamGenerateContent?alt=sse' : 'generateContent'}`, {
        contents: [{ role: 'user', parts: [{ text: 'Hi' }] }],
      }),
  ],
  ['ollama', (model, stream) => gateway.post('/api/chat', { model, stream, messages })],
  ['cohere', (model, stream) => gateway.post('/v2/chat', { model, stream, messages })],
  [
    'bedrock',
    (model, stream) =>
      gateway.post(`/model/${model}/converse${stream ? '-stream' : ''}`, {
        messages: [{ role: 'user', content: [{ text: 'Hi' }] }],
      }),
  ],
]
const [sendChat, , , sendGemini] = CLIENTS.map(([, send]) => send)

let bad: ScriptedUpstream
let good: ScriptedUpstream
let gateway: TestGateway
let next: () => Response
beforeAll(async () => {
  bad = startScriptedUpstream(() => next())
  good = startScriptedUpstream(answer('Good.'))
  const provider = (type: string) => ({ type, endpoints: [bad.url], apiKey: 'k', health: { failureThreshold: 1 } })
  gateway = await startGateway({
    providers: {
      gemini: provider('gemini'),
      bedrock: { ...provider('bedrock'), endpoints: [bad.url] },
      chat: provider('openai-compatible'),
      cohere: provider('cohere'),
      good: { type: 'openai-compatible', endpoints: [good.url] },
    },
    models: {
      good: 'good/m',
      ...Object.fromEntries(
        ['gemini', 'bedrock', 'chat', 'cohere'].flatMap((name) => [
          [name, { targets: [`${name}/m`], retries: 0 }],
          [`${name}-safe`, { targets: [`${name}/m`], retries: 0, fallbacks: ['good'] }],
        ]),
      ),
    },
  })
})
afterAll(async () => {
  await gateway?.stop()
  bad?.stop()
  good?.stop()
})
beforeEach(() => {
  bad.calls.length = 0
})

const streamOf = ({ format }: GivenUp, events: Events) =>
  format === 'bedrock' ? response(aws(events), 'application/vnd.amazon.eventstream') : response(sse(events), EVENTS)

describe.each(ROWS)('$format: $title', (row) => {
  describe.each(CLIENTS.filter(([name]) => name !== row.format))('to %s', (_name, send) => {
    test('whole: an error', async () => {
      next = response(JSON.stringify(row.whole), 'application/json')
      const received = await send(row.format, false)
      expect(received.status).toBeGreaterThanOrEqual(FAILED)
      expect(await received.text()).toContain(row.message)
    })

    test('a stream without content: an error before the first byte', async () => {
      next = streamOf(row, row.events)
      const received = await send(row.format, true)
      expect(received.status).toBeGreaterThanOrEqual(FAILED)
      expect(await received.text()).toContain(row.message)
    })

    test('a stream that began: an error event, no finish', async () => {
      next = streamOf(row, row.begun)
      const received = await send(row.format, true)
      expect(received.status).toBe(200)
      const text = await received.text()
      expect(text).toContain('So:')
      expect(text).toMatch(/"error"|:exception-type/)
      expect(text).not.toMatch(
        /"finish_reason":"(?!ERROR)|"stop_reason":"|response\.completed|"finishReason"|"stopReason"|"done":true/,
      )
    })

    test('another model answers', async () => {
      next = response(JSON.stringify(row.whole), 'application/json')
      const received = await send(`${row.format}-safe`, false)
      expect([received.status, await received.text()]).toEqual([200, expect.stringContaining('Good.')])
    })
  })
})

test("Gemini's own clients get Gemini's own reason, with their bytes", async () => {
  const { whole, events } = ROWS[0]!
  next = response(JSON.stringify(whole), 'application/json')
  const received = await sendGemini!('gemini', false)
  expect([received.status, await received.json()]).toEqual([200, whole as never])
  next = response(sse(events), EVENTS)
  const stream = await sendGemini!('gemini', true)
  expect([stream.status, await stream.text()]).toEqual([200, sse(events)])
})

test('the model is at fault, not its endpoint', async () => {
  const { endpoints } = (await (await gateway.get('/admin/endpoints')).json()) as {
    endpoints: { id: string; picks: number; failures: number }[]
  }
  const gemini = endpoints.find(({ id }) => id.startsWith('gemini/'))!
  expect([gemini.picks > 0, gemini.failures]).toEqual([true, 0])
})

describe('a call whose arguments are not readable', () => {
  const call = (args: string) => [
    chunks.tool(0, 'a', 'f', args.slice(0, 3)),
    chunks.tool(0, undefined, undefined, args.slice(3)),
  ]
  const streamed = (args: string, finish: string) =>
    response(`${sse([...call(args), chunks.end(finish)])}data: [DONE]\n\n`, EVENTS)
  const clients = CLIENTS.filter(([name]) => name === 'anthropic' || name === 'gemini')

  describe.each(["{'a': 1}", '{"a":1}{"a":1}', '[1]', 'nonsense'])('%s', (args) => {
    test.each(clients)('to %s', async (_name, send) => {
      const tool_calls = [{ id: 'a', type: 'function', function: { name: 'f', arguments: args } }]
      const choice = {
        index: 0,
        message: { role: 'assistant', content: null, tool_calls },
        finish_reason: 'tool_calls',
      }
      next = response(JSON.stringify({ choices: [choice] }), 'application/json')
      const whole = await send('chat', false)
      expect(whole.status).toBeGreaterThanOrEqual(500)
      expect(await whole.text()).toContain('arguments that are not a JSON object')
      next = streamed(args, 'tool_calls')
      const text = await (await send('chat', true)).text()
      expect(text).toContain('arguments that are not a JSON object')
      expect(text).not.toMatch(/"stop_reason":"|"finishReason"/)
    })
  })

  test.each(clients)('cut by the length limit, to %s: no error', async (_name, send) => {
    next = streamed('{"a":', 'length')
    expect(await (await send('chat', true)).text()).toMatch(/"max_tokens"|MAX_TOKENS/)
  })
})

describe('a choice that ended with an error, for Chat clients of the same format', () => {
  const row = ROWS.find(({ title }) => title === 'error (Mistral)')!
  test('whole', async () => {
    next = response(JSON.stringify(row.whole, undefined, 1), 'application/json')
    expect((await sendChat!('chat', false)).status).toBe(502)
  })
  test('as the first event', async () => {
    next = streamOf(row, row.events)
    expect((await sendChat!('chat', true)).status).toBe(502)
  })
  test('later: an error event instead of [DONE]', async () => {
    const manual = await startManualUpstream()
    gateway.write({
      providers: { slow: { type: 'openai-compatible', baseUrl: manual.url } },
      models: { slow: 'slow/m' },
    })
    await gateway.reload('admin')
    const sent = sendChat!('slow', true)
    const exchange = await manual.next()
    exchange.beginStream()
    exchange.write(sse(row.begun.slice(0, 1)))
    const received = await sent
    exchange.write(`${sse(row.begun.slice(1))}data: [DONE]\n\n`)
    exchange.endStream()
    const text = await received.text()
    expect([received.status, text]).toEqual([200, expect.stringContaining('"error":')])
    expect(text.indexOf('"error":')).toBeLessThan(text.indexOf('[DONE]'))
    manual.stop()
  })
})
