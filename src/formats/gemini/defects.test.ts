// Bugs of other gateways in this format, one test each.
import { describe, expect, test } from 'bun:test'
import { eventsOf } from '../../../test/stream-events.ts'
import type { ChatEvent } from '../../chat/event.ts'
import { fold } from '../../chat/fold.ts'
import type { ToolCallPart } from '../../chat/part.ts'
import type { ChatRequest, Message } from '../../chat/request.ts'
import { Losses } from '../translation/losses.ts'
import { gemini } from './index.ts'

const bytesOf = (chunks: readonly unknown[]) =>
  Buffer.from(chunks.map((one) => `data: ${JSON.stringify(one)}\r\n\r\n`).join(''))
const read = (...chunks: unknown[]): readonly ChatEvent[] => eventsOf(gemini, [bytesOf(chunks)])
const call = (name: string, args?: object, more: object = {}) => ({
  functionCall: { name, ...(args && { args }) },
  ...more,
})
const chunk = (parts: unknown[], more: object = {}) => ({
  candidates: [{ content: { parts, role: 'model' }, ...more }],
  responseId: 'r',
})
const STOP = { finishReason: 'STOP' }
const callsOf = (events: readonly ChatEvent[]) =>
  fold(events, 'gemini').choices[0]!.parts.filter((part): part is ToolCallPart => part.type === 'tool-call')
const request = (messages: Message[]): ChatRequest => ({
  format: 'openai-chat',
  model: 'm',
  messages,
  tools: [],
  sampling: {},
  stop: [],
  stream: true,
  wantsUsage: true,
})
const upstream = (messages: Message[], baseModel = 'gemini-3-flash') =>
  gemini.encodeRequest(request(messages), { model: 'm', baseModel, capabilities: new Set() }, new Losses()) as {
    contents: { role: string; parts: Record<string, unknown>[] }[]
  }
const user: Message = { role: 'user', parts: [{ type: 'text', text: 'q' }] }
const result = (callId: string): Message => ({
  role: 'tool',
  parts: [{ type: 'tool-result', callId, content: [{ type: 'text', text: 'x' }] }],
})

function tell(...events: ChatEvent[]): string {
  const facts = { request: request([user]), id: 'id', created: 0, model: undefined }
  const encoder = gemini.createEncoder(facts, new Losses())
  return events.map((event) => encoder.push(event)).join('') + encoder.end()
}
const finish: ChatEvent = { type: 'finish', choice: 0, finish: { reason: 'tool-calls' } }

test('1: a call without arguments is {}, and real arguments have no prefix', () => {
  expect(callsOf(read(chunk([call('f'), call('g', { a: 1 })], STOP))).map((part) => part.arguments)).toEqual([
    '{}',
    '{"a":1}',
  ])
  expect(
    tell(
      { type: 'part-start', choice: 0, index: 0, part: { type: 'tool-call', id: 'x', name: 'f' } },
      { type: 'part-end', choice: 0, index: 0 },
      finish,
    ),
  ).toContain('"args":{}')
})

describe('3: parallel calls are separate calls', () => {
  test.each([
    ['in one chunk', [chunk([call('f', { a: 1 }), call('f', { a: 2 })], STOP)]],
    ['in one chunk each', [chunk([call('f', { a: 1 })]), chunk([call('f', { a: 2 })], STOP)]],
  ])('%s', (_title, chunks) => {
    const calls = callsOf(read(...chunks))
    expect(calls.map((part) => part.arguments)).toEqual(['{"a":1}', '{"a":2}'])
    expect(new Set(calls.map(({ id }) => id)).size).toBe(2)
  })
})

test.each([
  ['streamed', (chunks: unknown[]) => fold(read(...chunks), 'gemini')],
  ['whole', (chunks: unknown[]) => gemini.decodeResponse(chunks)],
])('4: a turn with tool calls ends with tool-calls, %s', (_title, decode) => {
  expect(decode([chunk([call('f')]), chunk([{ text: '' }], STOP)]).choices[0]!.finish).toEqual({
    reason: 'tool-calls',
    native: 'STOP',
  })
})

test('5: the signature of a call is sent back with it, on the first call of a step', () => {
  const calls = callsOf(read(chunk([call('f', {}, { thoughtSignature: 's' }), call('g')], STOP)))
  const { contents } = upstream([user, { role: 'assistant', parts: calls }, ...calls.map(({ id }) => result(id))])
  expect(contents[1]!.parts.map((part) => part['thoughtSignature'])).toEqual(['s', undefined])
})

test('6: thoughts count as output tokens', () => {
  const usageMetadata = { promptTokenCount: 5, candidatesTokenCount: 2, thoughtsTokenCount: 30, totalTokenCount: 37 }
  expect(gemini.decodeResponse({ ...chunk([], STOP), usageMetadata }).usage).toEqual({
    input: 5,
    output: 32,
    reasoning: 30,
  })
})

test.each([
  ['streamed', (body: unknown) => fold(read(body), 'gemini')],
  ['whole', (body: unknown) => gemini.decodeResponse(body)],
])('7: cached tokens are reported, %s', (_title, decode) => {
  const usageMetadata = {
    promptTokenCount: 9,
    cachedContentTokenCount: 8,
    candidatesTokenCount: 1,
    totalTokenCount: 10,
  }
  expect(decode({ ...chunk([], STOP), usageMetadata }).usage).toEqual({ input: 9, cached: 8, output: 1 })
})

test('12, 14: a chunk with text and a call has both, name and arguments included', () => {
  const parts = fold(read(chunk([{ text: 'a' }, call('f', { a: 1 })], STOP)), 'gemini').choices[0]!.parts
  expect(parts).toMatchObject([
    { type: 'text', text: 'a' },
    { type: 'tool-call', name: 'f', arguments: '{"a":1}' },
  ])
})

test('13: an empty text opens nothing', () => {
  expect(
    read(chunk([{ text: '' }]), chunk([call('f')], STOP)).filter(({ type }) => type === 'part-start'),
  ).toHaveLength(1)
})

test('18: an error inside a stream is not an empty success', () => {
  expect(read({ error: { code: 503, message: 'busy', status: 'UNAVAILABLE' } })).toMatchObject([
    { type: 'error', error: { message: 'busy', kind: 'overloaded', status: 503 } },
  ])
  expect(eventsOf(gemini, [Buffer.from('{"error":{"code":503,"message":"busy"}}')])).toMatchObject([{ type: 'error' }])
})

test('24: an event that is split inside a character is one event', () => {
  const bytes = bytesOf([chunk([{ text: 'Grüße 🙂' }], STOP)])
  for (let at = 1; at < bytes.length; at++)
    expect(eventsOf(gemini, [bytes.subarray(0, at), bytes.subarray(at)])).toEqual(eventsOf(gemini, [bytes]))
})

test('27: a tool choice without tools and parallel_tool_calls: false are not sent', () => {
  const encoded = gemini.encodeRequest(
    { ...request([user]), toolChoice: { type: 'required' }, parallelTools: false },
    { model: 'm', baseModel: 'm', capabilities: new Set() },
    new Losses(),
  )
  expect(Object.keys(encoded as object)).toEqual(['contents'])
})

test('28: parallel results are one content', () => {
  const calls = ['a', 'b'].map((id): ToolCallPart => ({ type: 'tool-call', id, name: id, arguments: '{}' }))
  expect(
    upstream([user, { role: 'assistant', parts: calls }, result('a'), result('b')]).contents.map(
      ({ parts }) => parts.length,
    ),
  ).toEqual([1, 2, 2])
})

test('29: an image in a result stays in the result', () => {
  const picture = {
    type: 'media',
    kind: 'image',
    mediaType: 'image/png',
    source: { type: 'base64', data: 'iVBORw0KGgo=' },
  } as const
  const history: Message[] = [
    user,
    { role: 'assistant', parts: [{ type: 'tool-call', id: 'a', name: 'f', arguments: '{}' }] },
    { role: 'tool', parts: [{ type: 'tool-result', callId: 'a', content: [picture] }] },
  ]
  expect(upstream(history).contents[2]!.parts).toMatchObject([
    { functionResponse: { parts: [{ inlineData: { mimeType: 'image/png' } }] } },
  ])
  expect(upstream(history, 'gemini-2.5-flash').contents[2]!.parts).toMatchObject([
    { functionResponse: {} },
    { inlineData: { mimeType: 'image/png' } },
  ])
})

test('30: an empty text next to a call is not sent', () => {
  const parts = [
    { type: 'text', text: ' ' },
    { type: 'tool-call', id: 'a', name: 'f', arguments: '{}' },
  ] as const
  expect(upstream([user, { role: 'assistant', parts }, result('a')]).contents[1]!.parts).toHaveLength(1)
})

test.each(['MODEL_ARMOR', 'BRAND_NEW', 'OTHER'])('33: %s is not a normal stop', (finishReason) => {
  const { finish } = gemini.decodeResponse(chunk([{ text: 'a' }], { finishReason })).choices[0]!
  expect(finish.reason).not.toBe('stop')
  expect(finish.native).toBe(finishReason)
})

test('34: a blocked prompt is a filtered response with its usage, and is encoded as one', () => {
  const body = {
    promptFeedback: { blockReason: 'PROHIBITED_CONTENT' },
    usageMetadata: { promptTokenCount: 7, totalTokenCount: 7 },
    modelVersion: 'm',
    responseId: 'r',
  }
  const answer = gemini.decodeResponse(body)
  expect(answer).toMatchObject({
    choices: [{ parts: [], finish: { reason: 'content-filter', native: 'PROHIBITED_CONTENT' } }],
    usage: { input: 7, output: 0 },
  })
  const facts = { request: request([user]), id: 'id', created: 0, model: undefined }
  expect(gemini.encodeResponse(answer, facts, new Losses())).toMatchObject(body)
  expect(tell(...read(body))).toBe(
    `data: ${JSON.stringify({ modelVersion: 'm', responseId: 'r', promptFeedback: body.promptFeedback, usageMetadata: { promptTokenCount: 7, candidatesTokenCount: 0, totalTokenCount: 7 } })}\r\n\r\n`,
  )
})

test('35: a tool result with schema keywords stays text', () => {
  const toolMessage: Message = {
    role: 'tool',
    parts: [{ type: 'tool-result', callId: 'a', content: [{ type: 'text', text: '{"$ref":"#/x"}' }] }],
  }
  const { contents } = upstream([
    user,
    { role: 'assistant', parts: [{ type: 'tool-call', id: 'a', name: 'f', arguments: '{}' }] },
    toolMessage,
  ])
  expect(contents[2]!.parts).toEqual([{ functionResponse: { name: 'f', response: { output: '{"$ref":"#/x"}' } } }])
})

test('42: generated call ids are short and alphanumeric', () => {
  const [first] = callsOf(read({ ...chunk([call('f')], STOP), responseId: 'x'.repeat(500) }))
  expect(first!.id).toMatch(/^[a-zA-Z0-9_-]{6,30}$/)
})

test('generated call ids differ between responses, and are the same streamed and complete', () => {
  const [a] = callsOf(read(chunk([call('f')], STOP)))
  const [b] = callsOf(read({ ...chunk([call('f')], STOP), responseId: 's' }))
  const whole = gemini.decodeResponse(chunk([call('f')], STOP)).choices[0]!.parts[0] as ToolCallPart
  expect(a!.id).not.toBe(b!.id)
  expect(whole.id).toBe(a!.id)
})
