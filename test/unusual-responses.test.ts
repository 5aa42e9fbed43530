// Healthy responses in an unusual form, over sockets: every client gets them, in one judgement for all formats.
import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { type ScriptedUpstream, startScriptedUpstream } from './scripted.ts'
import { startGateway, type TestGateway } from './gateway.ts'
import { chat as chunks, google } from './formats/translate.ts'

let upstream: ScriptedUpstream
let gateway: TestGateway
let next: () => Response
beforeAll(async () => {
  upstream = startScriptedUpstream(() => next())
  const provider = (type: string) => ({ type, endpoints: [upstream.url], apiKey: 'k' })
  gateway = await startGateway({
    providers: {
      chat: provider('openai-compatible'),
      mistral: provider('mistral'),
      gemini: provider('gemini'),
      openai: provider('openai'),
      anthropic: provider('anthropic'),
    },
    models: Object.fromEntries(
      ['chat', 'mistral', 'gemini', 'openai', 'anthropic'].map((name) => [
        name,
        { targets: [`${name}/m`], retries: 0 },
      ]),
    ),
  })
})
afterAll(async () => {
  await gateway?.stop()
  upstream?.stop()
})

const messages = [{ role: 'user', content: 'Hi' }]
const CLIENTS: readonly (readonly [string, (model: string, stream: boolean) => Promise<Response>])[] = [
  ['openai-chat', (model, stream) => gateway.post('/v1/chat/completions', { model, stream, messages })],
  ['openai-responses', (model, stream) => gateway.post('/v1/responses', { model, stream, input: 'Hi' })],
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

const MARK = '\uFEFF'
const json =
  (body: object, mark = '') =>
  () =>
    new Response(mark + JSON.stringify(body), { headers: { 'content-type': 'application/json' } })
const sse =
  (events: readonly object[], end = 'data: [DONE]\n\n', mark = '') =>
  () =>
    new Response(mark + events.map((event) => `data: ${JSON.stringify(event)}\n\n`).join('') + end, {
      headers: { 'content-type': 'text/event-stream' },
    })
const completion = {
  id: 'c',
  object: 'chat.completion',
  created: 1,
  model: 'm',
  choices: [{ index: 0, message: { role: 'assistant', content: 'Fine.' }, finish_reason: 'stop' }],
}
const events = [chunks.delta({ role: 'assistant', content: 'Fine.' }), chunks.end('stop')]

describe('a byte order mark', () => {
  test.each(CLIENTS)('before a whole response, to %s', async (_name, send) => {
    next = json(completion, MARK)
    const received = await send('chat', false)
    const text = await received.text()
    expect([received.status, text[0], text]).toEqual([200, '{', expect.stringContaining('Fine.')])
  })

  test.each(CLIENTS)('before a stream, to %s', async (_name, send) => {
    next = sse(events, undefined, MARK)
    const received = await send('chat', true)
    const text = Buffer.from(await received.arrayBuffer()).toString()
    expect([received.status, text.startsWith(MARK), text]).toEqual([200, false, expect.stringContaining('Fine.')])
  })

  test.each(CLIENTS)('before an error, to %s', async (_name, send) => {
    next = () => new Response(`${MARK}{"error":{"message":"Too odd.","type":"x"}}`, { status: 422 })
    const received = await send('chat', false)
    expect(await received.text()).toContain('Too odd.')
  })

  test("before Gemini's own formats", async () => {
    next = json(google.chunk([{ text: 'Fine.' }], {}, 'STOP'), MARK)
    expect(await (await sendGemini!('gemini', false)).json()).toMatchObject({ modelVersion: 'm' })
    next = sse([google.chunk([{ text: 'Fine.' }], {}, 'STOP')], '', MARK)
    expect(Buffer.from(await (await sendGemini!('gemini', true)).arrayBuffer()).toString()).toStartWith('data: ')
  })
})

describe('a stream with [DONE] and without a finish reason is complete', () => {
  const usage = chunks.chunk([], { usage: { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 } })
  describe.each<[string, object[]]>([
    ['with usage', [events[0]!, usage]],
    ['without usage', [events[0]!]],
  ])('%s', (_title, sent) => {
    test.each(CLIENTS)('to %s', async (_name, send) => {
      next = sse(sent)
      const received = await send('chat', true)
      const text = await received.text()
      expect([received.status, text]).toEqual([200, expect.stringContaining('Fine.')])
      expect(text).not.toContain('"error":{')
    })
  })
  test.each(CLIENTS)('but without [DONE] it is an error, to %s', async (_name, send) => {
    next = sse(events.slice(0, 1), '')
    expect(await (await send('chat', true)).text()).toMatch(/"error":|:exception-type/)
  })
})

test("a blocked prompt without a reason reaches Gemini's clients as it is", async () => {
  const body = { candidates: [], promptFeedback: { blockReasonMessage: 'It is not allowed.' }, modelVersion: 'm' }
  next = json(body)
  const received = await sendGemini!('gemini', false)
  expect([received.status, await received.json()]).toEqual([200, body as never])
})

describe('usage that Mistral sends without request', () => {
  const usage = { prompt_tokens: 3, completion_tokens: 2, total_tokens: 5 }
  const sent = [chunks.delta({ role: 'assistant', content: 'Fine.' }), chunks.end('stop', { usage })]
  const received = async (more: object) => {
    next = sse(sent)
    const response = await gateway.post('/v1/chat/completions', { model: 'mistral', stream: true, messages, ...more })
    return (await response.text())
      .split('\n\n')
      .filter((line) => line.startsWith('data: {'))
      .map(
        (line) => JSON.parse(line.slice(6)) as { choices: { finish_reason: string | null }[]; usage?: object | null },
      )
  }

  test('is in the chunk with the finish reason, as Mistral sends it', async () => {
    const all = await received({})
    expect(all.map(({ usage: counts }) => counts ?? undefined)).toEqual([...Array(all.length - 1), usage])
    expect(all.at(-1)!.choices[0]!.finish_reason).toBe('stop')
  })

  test('is in a chunk of its own if the client requests it, as OpenAI sends it', async () => {
    const all = await received({ stream_options: { include_usage: true } })
    expect(all.at(-1)).toMatchObject({ choices: [], usage })
    expect(all.filter(({ usage: counts }) => counts)).toHaveLength(1)
  })

  test('OpenAI-compatible servers are asked for usage that the client does not get', async () => {
    next = sse([...events, chunks.chunk([], { usage })])
    expect(await (await sendChat!('chat', true)).text()).not.toContain('prompt_tokens')
  })
})

test('the longer of two retry times reaches the client', async () => {
  next = () =>
    Response.json(
      { error: { message: 'Slow down.', type: 'x' } },
      { status: 429, headers: { 'retry-after': '7', 'retry-after-ms': '0' } },
    )
  const { headers } = await sendChat!('openai', false)
  expect([headers.get('retry-after'), headers.get('retry-after-ms')]).toEqual(['7', '7000'])
})
