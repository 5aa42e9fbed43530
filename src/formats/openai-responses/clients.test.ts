// Official and third-party client libraries read what is encoded: they check the order and the shape of events.
import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { createOpenAI } from '@ai-sdk/openai'
import { generateText, jsonSchema, streamText, type ToolSet } from 'ai'
import OpenAI from 'openai'
import type { ResponseStreamEvent } from 'openai/resources/responses/responses'
import type { ChatEvent, PartOpening } from '../../chat/event.ts'
import type { Finish } from '../../chat/finish.ts'
import { fold } from '../../chat/fold.ts'
import { GatewayError } from '../../errors.ts'
import type { ResponseFacts } from '../format.ts'
import { readFrames } from '../../codecs/framing/sse.ts'
import { Losses } from '../translation/losses.ts'
import { checkStream } from './grammar.ts'
import { openaiResponses } from './index.ts'

const START: ChatEvent = { type: 'start', format: 'other', id: 'x', model: 'some-model', created: 7 }
const USAGE: ChatEvent = { type: 'usage', usage: { input: 5, output: 3 } }
const open = (index: number, part: PartOpening): ChatEvent => ({ type: 'part-start', choice: 0, index, part })
const say = (index: number, text: string): ChatEvent => ({ type: 'part-delta', choice: 0, index, text })
const close = (index: number): ChatEvent => ({ type: 'part-end', choice: 0, index })
const finish = (reason: Finish['reason'], native?: string): ChatEvent => ({
  type: 'finish',
  choice: 0,
  finish: { reason, ...(native !== undefined && { native }) },
})
const call = (id: string): PartOpening => ({ type: 'tool-call', id, name: 'weather' })

interface Expected {
  readonly text?: string
  readonly calls?: readonly (readonly [id: string, input: object])[]
  /** The AI SDK's value; default `stop`. */
  readonly finish?: string
  readonly status?: string
  readonly items: readonly string[]
}

const STREAMS: [string, readonly ChatEvent[], Expected][] = [
  [
    'a text',
    [START, open(0, { type: 'text' }), say(0, 'Hel'), say(0, 'lo'), close(0), finish('stop'), USAGE],
    { text: 'Hello', items: ['message'] },
  ],
  [
    'a text of several parts, with citations and log probabilities',
    [
      START,
      open(0, { type: 'text' }),
      { type: 'logprobs', choice: 0, tokens: [{ token: 'A', logprob: -1, top: [{ token: 'A', logprob: -1 }] }] },
      say(0, 'A'),
      {
        type: 'part-citation',
        choice: 0,
        index: 0,
        citation: { url: 'https://a.example/', native: { format: 'other', value: {} } },
      },
      close(0),
      open(1, { type: 'text' }),
      say(1, 'B'),
      close(1),
      finish('stop'),
      USAGE,
    ],
    { text: 'AB', items: ['message'] },
  ],
  [
    'interleaved reasoning, text and calls',
    [
      START,
      open(0, { type: 'reasoning' }),
      say(0, 'hm'),
      { type: 'part-seal', choice: 0, index: 0, seal: { origin: 'anthropic', signature: 'sig' } },
      close(0),
      open(1, { type: 'text' }),
      say(1, 'Look'),
      close(1),
      open(2, call('call_a')),
      open(3, call('call_b')),
      say(2, '{"city":'),
      say(3, '{"city":"Rome"}'),
      close(3),
      say(2, '"Oslo"}'),
      close(2),
      finish('tool-calls'),
      USAGE,
    ],
    {
      text: 'Look',
      calls: [
        ['call_a', { city: 'Oslo' }],
        ['call_b', { city: 'Rome' }],
      ],
      finish: 'tool-calls',
      items: ['reasoning', 'message', 'function_call', 'function_call'],
    },
  ],
  [
    'a call without arguments',
    [START, open(0, call('call_a')), close(0), finish('tool-calls'), USAGE],
    { calls: [['call_a', {}]], finish: 'tool-calls', items: ['function_call'] },
  ],
  [
    'a sealed call',
    [
      START,
      open(0, call('call_a')),
      { type: 'part-seal', choice: 0, index: 0, seal: { origin: 'gemini', signature: 'sig' } },
      say(0, '{}'),
      close(0),
      finish('tool-calls'),
      USAGE,
    ],
    { calls: [['call_a', {}]], finish: 'tool-calls', items: ['reasoning', 'function_call'] },
  ],
  [
    'an image',
    [
      START,
      open(0, { type: 'media', kind: 'image', source: { type: 'base64', data: 'aGk=' }, mediaType: 'image/png' }),
      close(0),
      finish('stop'),
      USAGE,
    ],
    { items: ['image_generation_call'] },
  ],
  [
    'a truncated response',
    [START, open(0, { type: 'text' }), say(0, 'Hel'), close(0), finish('length'), USAGE],
    { text: 'Hel', finish: 'length', status: 'incomplete', items: ['message'] },
  ],
  [
    'a filtered response',
    [START, open(0, { type: 'text' }), say(0, 'Hel'), close(0), finish('content-filter'), USAGE],
    { text: 'Hel', finish: 'content-filter', status: 'incomplete', items: ['message'] },
  ],
  [
    'an unknown finish reason',
    [START, open(0, { type: 'text' }), say(0, 'Hel'), close(0), finish('other', 'NO_IMAGE'), USAGE],
    { text: 'Hel', finish: 'other', status: 'incomplete', items: ['message'] },
  ],
  ['nothing', [START, finish('stop'), USAGE], { items: [] }],
  [
    'a text without usage and finish',
    [START, open(0, { type: 'text' }), say(0, 'x'), finish('stop')],
    { text: 'x', items: ['message'] },
  ],
]

let server: Bun.Server<undefined>
let facts: ResponseFacts
let answer: (facts: ResponseFacts) => Response

beforeAll(() => {
  server = Bun.serve({
    port: 0,
    hostname: '127.0.0.1',
    async fetch(request) {
      const decoded = openaiResponses.decodeRequest(await request.json(), { model: undefined, stream: undefined })
      facts = { request: decoded, id: 'abc', created: 9, model: undefined }
      return answer(facts)
    },
  })
})
afterAll(() => server?.stop(true))

const baseURL = () => `http://127.0.0.1:${server.port}/v1`
const openai = () => new OpenAI({ apiKey: 'k', baseURL: baseURL(), maxRetries: 0 })
const model = () => createOpenAI({ apiKey: 'k', baseURL: baseURL() }).responses('gpt-5')

function streams(events: readonly ChatEvent[], error?: GatewayError): void {
  answer = (facts) => {
    const encoder = openaiResponses.createEncoder(facts, new Losses())
    const text = events.map((event) => encoder.push(event)).join('')
    const end = error ? encoder.fail(error) : encoder.end()
    expect(checkStream(readFrames(text + end))).toEqual([])
    return new Response(text + end, { headers: { 'content-type': 'text/event-stream' } })
  }
}

function answers(events: readonly ChatEvent[]): void {
  answer = (facts) => Response.json(openaiResponses.encodeResponse(fold(events, 'other'), facts, new Losses()))
}

const PARAMETERS = { type: 'object' as const, properties: { city: { type: 'string' as const } } }
const ASKED = {
  model: 'gpt-5',
  input: 'hi',
  include: ['reasoning.encrypted_content' as const],
  tools: [{ type: 'function' as const, name: 'weather', parameters: PARAMETERS, strict: false }],
}
const TOOLS: ToolSet = { weather: { inputSchema: jsonSchema(PARAMETERS) } }

function checkResponse(response: OpenAI.Responses.Response, { text = '', calls = [], status, items }: Expected): void {
  expect(response.output_text).toBe(text)
  expect(response.status as string).toBe(status ?? 'completed')
  expect(response.output.map(({ type }): string => type)).toEqual([...items])
  const called = response.output.flatMap((item) => (item.type === 'function_call' ? [item] : []))
  expect(called.map((item): unknown => [item.call_id, JSON.parse(item.arguments)])).toEqual([...calls])
  expect(new Set(response.output.map((item) => ('id' in item ? item.id : ''))).size).toBe(response.output.length)
}

describe('OpenAI’s library streams', () => {
  test.each(STREAMS)('%s', async (_, events, expected) => {
    streams(events)
    const stream = openai().responses.stream(ASKED)
    const seen: ResponseStreamEvent['type'][] = []
    for await (const event of stream) seen.push(event.type)
    checkResponse(await stream.finalResponse(), expected)
    expect(seen.at(-1) as string).toBe(`response.${expected.status ?? 'completed'}`)
  })
})

describe('OpenAI’s library reads', () => {
  test.each(STREAMS)('%s', async (_, events, expected) => {
    answers(events)
    checkResponse(await openai().responses.create(ASKED), expected)
  })
})

/** In the AI SDK an image is the call of a tool that the provider ran. */
const isOurs = ({ providerExecuted }: { providerExecuted?: boolean | undefined }) => !providerExecuted

describe('the AI SDK streams', () => {
  test.each(STREAMS)('%s', async (_, events, { text = '', calls = [], finish = 'stop' }) => {
    streams(events)
    const result = streamText({ model: model(), prompt: 'hi', tools: TOOLS, maxRetries: 0 })
    const errors: unknown[] = []
    for await (const part of result.fullStream) if (part.type === 'error') errors.push(part.error)
    expect(errors).toEqual([])
    expect(await result.text).toBe(text)
    expect(
      (await result.toolCalls).filter(isOurs).map(({ toolCallId, input }): unknown => [toolCallId, input]),
    ).toEqual([...calls])
    expect((await result.finishReason) as string).toBe(finish)
  })
})

describe('the AI SDK reads', () => {
  test.each(STREAMS)('%s', async (_, events, { text = '', calls = [], finish = 'stop' }) => {
    answers(events)
    const result = await generateText({ model: model(), prompt: 'hi', tools: TOOLS, maxRetries: 0 })
    expect(result.text).toBe(text)
    expect(result.toolCalls.filter(isOurs).map(({ toolCallId, input }): unknown => [toolCallId, input])).toEqual([
      ...calls,
    ])
    expect(result.finishReason as string).toBe(finish)
  })
})

describe('a failed stream is an error', () => {
  const CUT = new GatewayError('upstream_cut', 'The upstream ended its stream.')
  const breaks = () => streams([START, open(0, { type: 'text' }), say(0, 'Hel')], CUT)

  test('for OpenAI’s library', async () => {
    breaks()
    await expect(openai().responses.stream(ASKED).finalResponse()).rejects.toThrow(CUT.message)
  })

  test('for its plain iterator', async () => {
    breaks()
    const stream = await openai().responses.create({ ...ASKED, stream: true })
    await expect(Array.fromAsync(stream)).rejects.toThrow(CUT.message)
  })

  test('for the AI SDK', async () => {
    breaks()
    const result = streamText({ model: model(), prompt: 'hi', maxRetries: 0, onError: () => {} })
    const parts = await Array.fromAsync(result.fullStream)
    expect(parts.map(({ type }) => type)).toContain('error')
    expect(await result.finishReason).toBe('error')
  })

  test('if it fails before it begins', async () => {
    streams([], new GatewayError('upstream_reset', 'Gone.'))
    const stream = await openai().responses.create({ ...ASKED, stream: true })
    await expect(Array.fromAsync(stream)).rejects.toThrow('Gone.')
  })
})

test('reasoning is shown as summaries only to clients that request summaries', async () => {
  const [, events] = STREAMS.find(([title]) => title.startsWith('interleaved'))!
  streams(events)
  const providerOptions = { openai: { reasoningSummary: 'auto' } }
  expect(await streamText({ model: model(), prompt: 'hi', tools: TOOLS, providerOptions }).reasoningText).toBe('hm')
  streams(events)
  const { output } = await openai().responses.stream(ASKED).finalResponse()
  expect(output[0] as object).toMatchObject({
    type: 'reasoning',
    summary: [],
    content: [{ type: 'reasoning_text', text: 'hm' }],
    encrypted_content: 'sluice.1.anthropic.s.sig',
  })
})
