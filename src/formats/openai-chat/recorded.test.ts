// Recorded traffic of every server of this format, if available.
import { describe, expect, test } from 'bun:test'
import { type FixtureEntry, fixtures, loadFixture, streamBytes } from '../../../test/shared.ts'
import type { ChatEvent } from '../../chat/event.ts'
import { fold } from '../../chat/fold.ts'
import type { ChatRequest } from '../../chat/request.ts'
import type { ChatResponse } from '../../chat/response.ts'
import { unfold } from '../../chat/unfold.ts'
import type { Capability, ResponseFacts, Target } from '../format.ts'
import type { Frame } from '../../codecs/framing/frame.ts'
import { readFrames } from '../../codecs/framing/sse.ts'
import { Losses } from '../translation/losses.ts'
import { checkStream } from './grammar.ts'
import { openaiChat } from './index.ts'
import type { JsonObject } from '../../codecs/json/object.ts'

const APIS = new Set([
  'openai-chat',
  'azure-chat',
  'groq',
  'deepseek',
  'mistral',
  'xai',
  'openrouter',
  'vllm',
  'tgi',
  'ollama',
  'other',
])
const isOurs = ({ api, operation }: FixtureEntry) => APIS.has(api) && operation === 'chat'
const recorded = fixtures(isOurs)
const wholes = recorded.filter(({ status, framing }) => status === 200 && framing === null)
/** The recording ends in the middle of a call. */
const CUT = 'tgi/chat-stream-tool-call-meta-llama-llama-3-1-8b-inst.json'
const streams = recorded.filter(({ status, framing, file }) => status === 200 && framing !== null && file !== CUT)

const CLIENT: ChatRequest = openaiChat.decodeRequest(
  { model: 'm', messages: [{ role: 'user', content: 'hi' }], stream: true, stream_options: { include_usage: true } },
  { model: undefined, stream: undefined },
)
const FACTS: ResponseFacts = { request: CLIENT, id: 'abc', created: 1, model: undefined }

/** Nulls, empty lists and zeros are dropped; deliberately normalized fields are compared in their normalized form. */
function plain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plain)
  if (typeof value !== 'object' || value === null) return value
  const kept = Object.entries(value).filter(
    ([, inner]) => inner !== null && inner !== undefined && !(Array.isArray(inner) && inner.length === 0),
  )
  return Object.fromEntries(kept.map(([key, inner]) => [key, plain(inner)]))
}

describe('a decoded request is encoded to the same request', () => {
  for (const entry of recorded) {
    const { request } = loadFixture(entry)
    const body = request?.body as JsonObject | null
    if (!body || !Array.isArray(body['messages']) || body['messages'].length === 0) continue
    test(entry.file, () => {
      const target: Target = {
        model: String(body['model']),
        baseModel: String(body['model']),
        capabilities: capabilities(entry),
      }
      const losses = new Losses()
      const decoded = openaiChat.decodeRequest(body, { model: undefined, stream: undefined })
      expect(plain(openaiChat.encodeRequest(decoded, target, losses))).toEqual(plain(upgraded(body)))
      expect(losses.list).toEqual([])
    })
  }
})

const capabilities = ({ api }: FixtureEntry): ReadonlySet<Capability> =>
  new Set(api === 'openrouter' ? ['reasoning-details', 'cache-control'] : ['reasoning-content'])

/** The normalized form of deprecated fields. */
function upgraded(body: JsonObject): JsonObject {
  const { max_tokens, functions, function_call, stream, stream_options, messages, ...rest } = body
  const tools = functions as object[] | undefined
  return {
    ...rest,
    ...(max_tokens !== undefined && { max_completion_tokens: max_tokens }),
    ...(tools && { tools: tools.map((called) => ({ type: 'function', function: called })) }),
    ...(function_call !== undefined && { tool_choice: { type: 'function', function: function_call } }),
    ...(stream === true && { stream, stream_options: { ...(stream_options as JsonObject), include_usage: true } }),
    messages: (messages as JsonObject[]).map(upgradedMessage),
  }
}

function upgradedMessage({ reasoning, content, cache_control, ...message }: JsonObject): JsonObject {
  // Reasoning in plain text has one name, and is in the details if there are any.
  const text = message['reasoning_details']
    ? undefined
    : ((message['reasoning_content'] ?? reasoning) as string | undefined)
  const marked = cache_control && message['role'] !== 'tool' && typeof content === 'string'
  return {
    ...message,
    content: marked
      ? [{ type: 'text', text: content, cache_control }]
      : content === '' && message['tool_calls']
        ? null
        : (content ?? (message['role'] === 'assistant' ? null : '')),
    ...(cache_control !== undefined && !marked && { cache_control }),
    ...(text && { reasoning_content: text }),
  }
}

describe('a decoded response is encoded to the same response', () => {
  for (const entry of wholes)
    test(entry.file, () => {
      const body = loadFixture(entry).response.body as JsonObject
      const losses = new Losses()
      const decoded = openaiChat.decodeResponse(body)
      expect(plain(openaiChat.encodeResponse(decoded, FACTS, losses))).toEqual(plain(normalised(body, decoded)))
      expect(losses.list).toEqual([])
    })
})

/** The fields that Sluice normalizes for all upstreams: usage, reasoning, calls, finish. */
function normalised(body: JsonObject, decoded: ChatResponse): JsonObject {
  const again = openaiChat.encodeResponse({ ...decoded, format: 'openai-chat' }, FACTS, new Losses()) as JsonObject
  const written = again['choices'] as JsonObject[]
  return {
    ...body,
    ...(body['id'] === '' && { id: 'chatcmpl-abc' }),
    ...(body['model'] === '' && { model: 'm' }),
    usage: again['usage'],
    choices: (body['choices'] as JsonObject[]).map((choice, index) => normalisedChoice(choice, written[index]!)),
  }
}

function normalisedChoice(choice: JsonObject, again: JsonObject): JsonObject {
  const message = (choice['message'] ?? { role: 'assistant' }) as JsonObject
  const { message: own, logprobs, finish_reason, native_finish_reason } = again as JsonObject & { message: JsonObject }
  const { reasoning_content, reasoning_details, tool_calls, refusal } = own
  const ours = {
    reasoning_content,
    reasoning_details,
    tool_calls,
    refusal,
    reasoning: null,
    function_call: null,
    audio: null,
  }
  const content = Array.isArray(message['content']) ? own['content'] : message['content'] || null
  const normalized = { ...message, ...ours, content }
  return { ...choice, delta: null, logprobs, finish_reason, native_finish_reason, message: normalized }
}

interface Counts {
  readonly prompt_tokens: number
  readonly completion_tokens: number
  readonly total_tokens: number
  readonly completion_tokens_details?: { readonly reasoning_tokens?: number } | null
}

describe('a complete response is decoded with its content', () => {
  for (const entry of wholes)
    test(entry.file, () => {
      const body = loadFixture(entry).response.body as { choices: JsonObject[]; usage: Counts }
      const { choices, usage } = openaiChat.decodeResponse(body)
      for (const [index, { finish, parts }] of choices.entries()) {
        const message = (body.choices[index]!['message'] ?? {}) as JsonObject
        const calls = parts.filter(({ type }) => type === 'tool-call')
        expect(finish.reason).not.toBe('other')
        expect(calls).toHaveLength(((message['tool_calls'] ?? []) as unknown[]).length || (filledCall(message) ? 1 : 0))
        if (calls.length > 0) expect(finish.reason).toBe('tool-calls')
        const text = parts.map((part) => (part.type === 'text' ? part.text : '')).join('')
        if (typeof message['content'] === 'string') expect(text).toBe(message['content'])
      }
      // Tokens that are not prompt are output, including reasoning.
      expect(usage!.input + usage!.output).toBe(body.usage.total_tokens)
      expect(usage!.reasoning ?? 0).toBeLessThanOrEqual(usage!.output)
    })
})

const filledCall = (message: JsonObject) => Boolean((message['function_call'] as JsonObject | undefined)?.['name'])

function decodeAll(bytes: Uint8Array, cuts: readonly number[] = []): ChatEvent[] {
  const [frames, decoder] = [openaiChat.createFrames(), openaiChat.createDecoder()]
  const events: ChatEvent[] = []
  const read = (some: readonly Frame[]) => some.forEach((frame) => events.push(...decoder.push(frame)))
  let start = 0
  for (const end of [...cuts, bytes.length]) {
    read(frames.push(bytes.subarray(start, end)))
    start = end
  }
  read(frames.end())
  return events.concat(decoder.end())
}

function encodeAll(events: Iterable<ChatEvent>, facts = FACTS): { frames: Frame[]; losses: Losses } {
  const losses = new Losses()
  const encoder = openaiChat.createEncoder(facts, losses)
  let text = ''
  for (const event of events) text += encoder.push(event)
  return { frames: readFrames(text + encoder.end()), losses }
}

const encodedBytes = (frames: readonly Frame[]) => Buffer.from(frames.map(({ data }) => `data: ${data}\n\n`).join(''))

describe('a stream folds to a response', () => {
  for (const entry of streams)
    test(entry.file, () => {
      const bytes = streamBytes(loadFixture(entry))!
      const events = decodeAll(bytes)
      const { choices, usage, model } = fold(events, 'openai-chat')
      expect(model).toMatch(/\w/)
      expect(choices.length).toBeGreaterThan(0)
      const chunks = readFrames(bytes.toString())
        .filter(({ data }) => !data.startsWith('[DONE]'))
        .map(({ data }) => JSON.parse(data) as JsonObject)
      for (const [index, { finish, parts }] of choices.entries()) {
        expect(finish.reason).not.toBe('other')
        const content = parts.map((part) => (part.type === 'text' ? part.text : '')).join('')
        expect(content).toBe(chunks.map((chunk) => textIn(chunk, index)).join(''))
        for (const part of parts) if (part.type === 'tool-call') expect(JSON.parse(part.arguments)).toBeObject()
        if (parts.some(({ type }) => type === 'tool-call')) expect(finish.reason).toBe('tool-calls')
      }
      const counted = chunks.findLast((chunk) => chunk['usage'])?.['usage'] as Counts | undefined
      if (counted) expect(usage!.input + usage!.output).toBe(counted.total_tokens)
    })
})

function textIn({ choices }: JsonObject, index: number): string {
  const choice = (choices as JsonObject[]).find((choice) => choice['index'] === index)
  const content = (choice?.['delta'] as JsonObject | undefined)?.['content']
  if (typeof content === 'string') return content
  return ((content ?? []) as JsonObject[])
    .map((item) => (item['type'] === 'text' ? (item['text'] as string) : ''))
    .join('')
}

describe('a stream and the same response without streaming have the same kinds of parts', () => {
  for (const entry of streams)
    for (const twin of (entry as { twins?: string[] }).twins ?? [])
      test(`${entry.file} and ${twin}`, () => {
        const whole = openaiChat.decodeResponse(loadFixture({ ...entry, file: twin }).response.body).choices[0]!
        const streamed = fold(decodeAll(streamBytes(loadFixture(entry))!), 'openai-chat').choices[0]!
        // A filter had stopped one of the twins.
        if (whole.finish.reason === 'content-filter') return
        expect(new Set(streamed.parts.map(({ type }) => type))).toEqual(new Set(whole.parts.map(({ type }) => type)))
        expect(streamed.finish).toEqual(whole.finish)
      })
})

describe('a stream split anywhere has the same events', () => {
  for (const entry of streams.filter((_, index) => index % 7 === 0))
    test(entry.file, () => {
      const bytes = streamBytes(loadFixture(entry))!.subarray(0)
      const events = decodeAll(bytes)
      for (const size of [1, 7, 64, 1021])
        expect(
          decodeAll(
            bytes,
            Array.from({ length: Math.ceil(bytes.length / size) - 1 }, (_, at) => (at + 1) * size),
          ),
        ).toEqual(events)
    })

  const small = streams.filter((entry) => streamBytes(loadFixture(entry))!.length < 4000)
  for (const entry of small)
    test(`${entry.file}, at every byte`, () => {
      const bytes = streamBytes(loadFixture(entry))!
      const events = JSON.stringify(decodeAll(bytes))
      for (let cut = 1; cut < bytes.length; cut++) expect(JSON.stringify(decodeAll(bytes, [cut]))).toBe(events)
    })
})

describe('an encoded response is a valid stream that folds to itself', () => {
  const answers: [string, () => Iterable<ChatEvent>][] = [
    ...wholes.map(
      ({ file, ...entry }) =>
        [file, () => unfold(openaiChat.decodeResponse(loadFixture({ file, ...entry }).response.body))] as [
          string,
          () => Iterable<ChatEvent>,
        ],
    ),
    ...streams.map(
      (entry) => [entry.file, () => decodeAll(streamBytes(loadFixture(entry))!)] as [string, () => Iterable<ChatEvent>],
    ),
  ]
  for (const [file, events] of answers)
    test(file, () => {
      const { frames, losses } = encodeAll(events())
      expect(checkStream(frames)).toEqual([])
      expect(losses.list).toEqual([])
      const again = fold(decodeAll(encodedBytes(frames)), 'openai-chat')
      expect(comparable(again)).toEqual(comparable(fold(events(), 'openai-chat')))
    })
})

/** Texts of one kind are joined; top-level fields may be repeated or not. */
function comparable({ choices, usage }: ChatResponse): unknown {
  const { extra: _, ...counts } = usage ?? { extra: undefined }
  return plain({
    counts: plain(Object.fromEntries(Object.entries(counts).filter(([, count]) => count !== 0))),
    choices: choices.map(({ parts, finish, logprobs }) => ({
      text: parts.map((part) => (part.type === 'text' ? part.text : '')).join(''),
      reasoning: parts.map((part) => (part.type === 'reasoning' ? part.text : '')).join(''),
      seals: parts.flatMap((part) => ('seal' in part && part.seal ? [part.seal] : [])),
      rest: parts.filter(({ type }) => type !== 'text' && type !== 'reasoning'),
      finish: { ...finish, native: undefined },
      logprobs,
    })),
  })
}

describe('an error is decoded as an error', () => {
  for (const entry of recorded.filter(({ status }) => status >= 400))
    test(entry.file, () => {
      const { body } = loadFixture(entry).response
      const error = openaiChat.decodeError(JSON.stringify(body))
      expect(error?.message).toMatch(/\w{3}/)
      if (entry.status === 401) expect(error?.kind).toBe('auth')
      if (entry.status === 404) expect(error?.kind).toBe('not-found')
    })
})

if (streams.length > 0)
  test('a truncated stream is not a response', () =>
    expect(() => decodeAll(streamBytes(loadFixture(recorded.find(({ file }) => file === CUT)!))!)).toThrow(
      'before the response was complete',
    ))
