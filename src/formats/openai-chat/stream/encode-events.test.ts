import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import type { ChatEvent } from '../../../chat/event.ts'
import { fold } from '../../../chat/fold.ts'
import type { ResponsePart, ChatResponse } from '../../../chat/response.ts'
import { unfold } from '../../../chat/unfold.ts'
import { GatewayError } from '../../../errors.ts'
import type { ResponseFacts } from '../../format.ts'
import { readFrames } from '../../../codecs/framing/sse.ts'
import { Losses } from '../../translation/losses.ts'
import { createDecoder } from './decode-events.ts'
import { decodeRequest } from '../request/decode-request.ts'
import { decodeResponse } from '../response/decode-response.ts'
import { createEncoder } from './encode-events.ts'
import { encodeResponse } from '../response/encode-response.ts'
import { checkStream } from '../grammar.ts'
import { runs } from '../../../../test/runs.ts'
import type { JsonObject } from '../../../codecs/json/object.ts'

const facts = (wantsUsage: boolean): ResponseFacts => ({
  request: decodeRequest(
    {
      model: 'asked',
      messages: [{ role: 'user', content: 'hi' }],
      stream: true,
      stream_options: { include_usage: wantsUsage },
    },
    { model: undefined, stream: undefined },
  ),
  id: 'abc',
  created: 7,
  model: undefined,
})

function encode(events: Iterable<ChatEvent>, wantsUsage = false) {
  const losses = new Losses()
  const encoder = createEncoder(facts(wantsUsage), losses)
  let text = ''
  for (const event of events) text += encoder.push(event)
  text += encoder.end()
  return { text, frames: readFrames(text), lost: losses.list.map(({ field }) => field) }
}

/** The deltas of the only choice. */
const deltasOf = (events: Iterable<ChatEvent>): JsonObject[] =>
  encode(events)
    .frames.filter(({ data }) => data !== '[DONE]')
    .map(({ data }) => (JSON.parse(data) as { choices: { delta: JsonObject }[] }).choices[0]!.delta)

const at = (index: number) => ({ choice: 0, index }) as const
const start: ChatEvent = { type: 'start', id: 'msg_1', model: 'claude' }
const finish: ChatEvent = { type: 'finish', choice: 0, finish: { reason: 'stop', native: 'end_turn' } }
const open = (index: number, part: Extract<ChatEvent, { type: 'part-start' }>['part']): ChatEvent => ({
  type: 'part-start',
  ...at(index),
  part,
})
const more = (index: number, text: string): ChatEvent => ({ type: 'part-delta', ...at(index), text })
const close = (index: number): ChatEvent => ({ type: 'part-end', ...at(index) })
const tool = (id: string) => ({ type: 'tool-call', id, name: 'f' }) as const

describe('deltas', () => {
  test.each<[string, ChatEvent[], JsonObject[]]>([
    ['an empty response', [], [{ role: 'assistant', content: '' }, {}]],
    [
      'text',
      [open(0, { type: 'text' }), more(0, 'Hel'), more(0, 'lo'), close(0)],
      [{ role: 'assistant', content: '' }, { content: 'Hel' }, { content: 'lo' }, {}],
    ],
    [
      'calls counted from 0, whatever precedes them',
      [
        open(0, { type: 'text' }),
        more(0, 'Hi'),
        close(0),
        open(1, tool('a')),
        more(1, '{"x":1}'),
        close(1),
        open(2, tool('b')),
        close(2),
      ],
      [
        { role: 'assistant', content: '' },
        { content: 'Hi' },
        { tool_calls: [{ index: 0, id: 'a', type: 'function', function: { name: 'f', arguments: '' } }] },
        { tool_calls: [{ index: 0, function: { arguments: '{"x":1}' } }] },
        { tool_calls: [{ index: 1, id: 'b', type: 'function', function: { name: 'f', arguments: '' } }] },
        { tool_calls: [{ index: 1, function: { arguments: '{}' } }] },
        {},
      ],
    ],
    [
      'interleaved calls',
      [open(0, tool('a')), more(0, '{'), open(1, tool('b')), more(1, '{}'), more(0, '}'), close(0), close(1)],
      [
        { role: 'assistant', content: null },
        { tool_calls: [{ index: 0, id: 'a', type: 'function', function: { name: 'f', arguments: '' } }] },
        { tool_calls: [{ index: 0, function: { arguments: '{' } }] },
        { tool_calls: [{ index: 1, id: 'b', type: 'function', function: { name: 'f', arguments: '' } }] },
        { tool_calls: [{ index: 1, function: { arguments: '{}' } }] },
        { tool_calls: [{ index: 0, function: { arguments: '}' } }] },
        {},
      ],
    ],
    [
      'calls in the order of their indices, although a later one has its arguments first',
      [open(0, tool('a')), open(1, tool('b')), more(1, '{}'), more(0, '{}'), close(1), close(0)],
      [
        { role: 'assistant', content: null },
        { tool_calls: [{ index: 0, id: 'a', type: 'function', function: { name: 'f', arguments: '' } }] },
        { tool_calls: [{ index: 1, id: 'b', type: 'function', function: { name: 'f', arguments: '' } }] },
        { tool_calls: [{ index: 1, function: { arguments: '{}' } }] },
        { tool_calls: [{ index: 0, function: { arguments: '{}' } }] },
        {},
      ],
    ],
    [
      'a second text waits for the first',
      [open(0, { type: 'text' }), open(1, { type: 'text' }), more(1, 'b'), more(0, 'a'), close(0), close(1)],
      [{ role: 'assistant', content: '' }, { content: 'a' }, { content: 'b' }, {}],
    ],
    [
      'the seal of a call in its first delta',
      [
        open(0, tool('a')),
        { type: 'part-seal', ...at(0), seal: { origin: 'gemini', signature: 's' } },
        more(0, '{}'),
        close(0),
      ],
      [
        { role: 'assistant', content: null },
        {
          tool_calls: [
            {
              index: 0,
              id: 'a',
              type: 'function',
              function: { name: 'f', arguments: '' },
              extra_content: { google: { thought_signature: 's' } },
            },
          ],
        },
        { tool_calls: [{ index: 0, function: { arguments: '{}' } }] },
        {},
      ],
    ],
    [
      'reasoning, with its signature and format once',
      [
        open(0, { type: 'reasoning' }),
        more(0, 'H'),
        more(0, 'm'),
        { type: 'part-seal', ...at(0), seal: { origin: 'anthropic', signature: 's' } },
        close(0),
      ],
      [
        { role: 'assistant', content: '' },
        { reasoning_content: 'H', reasoning_details: [{ type: 'reasoning.text', text: 'H', index: 0 }] },
        { reasoning_content: 'm', reasoning_details: [{ type: 'reasoning.text', text: 'm', index: 0 }] },
        {
          reasoning_details: [
            { type: 'reasoning.text', text: '', signature: 's', format: 'anthropic-claude-v1', index: 0 },
          ],
        },
        {},
      ],
    ],
    [
      'reasoning that is hidden',
      [
        open(0, { type: 'reasoning', id: 'rs_1' }),
        { type: 'part-seal', ...at(0), seal: { origin: 'openai-responses', data: 'x' } },
        close(0),
      ],
      [
        { role: 'assistant', content: '' },
        {
          reasoning_details: [
            { type: 'reasoning.encrypted', data: 'x', id: 'rs_1', format: 'openai-responses-v1', index: 0 },
          ],
        },
        {},
      ],
    ],
    [
      'an image',
      [
        open(0, { type: 'media', kind: 'image', source: { type: 'base64', data: 'AA' }, mediaType: 'image/png' }),
        close(0),
      ],
      [
        { role: 'assistant', content: '' },
        { images: [{ type: 'image_url', image_url: { url: 'data:image/png;base64,AA' } }] },
        {},
      ],
    ],
    [
      'citations, with offsets in the joined text',
      [
        open(0, { type: 'text' }),
        more(0, 'ab'),
        close(0),
        open(1, { type: 'text' }),
        more(1, 'cd'),
        {
          type: 'part-citation',
          ...at(1),
          citation: { start: 0, end: 2, url: 'u', native: { format: 'anthropic', value: {} } },
        },
        close(1),
      ],
      [
        { role: 'assistant', content: '' },
        { content: 'ab' },
        { content: 'cd' },
        {
          annotations: [{ type: 'url_citation', url_citation: { start_index: 2, end_index: 4, url: 'u', title: 'u' } }],
        },
        {},
      ],
    ],
  ])('%s', (_title, events, deltas) => {
    const all = [start, ...events, finish]
    expect(deltasOf(all)).toEqual(deltas)
    expect(checkStream(encode(all).frames)).toEqual([])
  })
})

describe('chunks', () => {
  const content = [start, open(0, { type: 'text' }), more(0, 'Hi'), close(0)]
  const usage: ChatEvent = { type: 'usage', usage: { input: 3, cached: 2, output: 4, reasoning: 1 } }
  const chunks = (wantsUsage: boolean) =>
    encode([...content, usage, finish, usage], wantsUsage)
      .frames.slice(0, -1)
      .map(({ data }) => JSON.parse(data) as JsonObject)

  test('all have the same id, time and model, and a finish_reason that is null until the last', () => {
    for (const chunk of chunks(false))
      expect(chunk).toMatchObject({ id: 'chatcmpl-abc', object: 'chat.completion.chunk', created: 7, model: 'claude' })
    expect(chunks(false).map(({ choices }) => (choices as JsonObject[])[0]!['finish_reason'])).toEqual([
      null,
      null,
      'stop',
    ])
  })

  test('requested usage is in a separate last chunk, and null before', () => {
    expect(chunks(true).map(({ usage }) => usage)).toEqual([
      null,
      null,
      null,
      {
        prompt_tokens: 3,
        completion_tokens: 4,
        total_tokens: 7,
        prompt_tokens_details: { cached_tokens: 2, cache_write_tokens: 0 },
        completion_tokens_details: { reasoning_tokens: 1 },
      },
    ])
    expect(chunks(true).at(-1)!['choices']).toEqual([])
  })

  test('usage that was not requested is absent', () =>
    expect(chunks(false).some((chunk) => 'usage' in chunk)).toBe(false))

  test('unknown usage is not invented', () => {
    const { frames } = encode([...content, finish], true)
    expect(frames.filter(({ data }) => data.includes('"choices":[]'))).toEqual([])
  })

  test('the last event is [DONE]', () => expect(encode([...content, finish]).text).toEndWith('data: [DONE]\n\n'))

  test('an error is an error event, without a finish reason', () => {
    const encoder = createEncoder(facts(true), new Losses())
    const text = [
      ...content.map((event) => encoder.push(event)),
      encoder.fail(new GatewayError('upstream_cut', 'cut')),
    ].join('')
    expect(text).toContain('"error":{"message":"cut"')
    expect(text).not.toContain('"finish_reason":"')
    expect(checkStream(readFrames(text))).toEqual([])
  })

  test('fields of another format are noted as losses, those of this format are kept', () => {
    const extra = { container: 'c' }
    expect(encode([{ ...start, extra } as ChatEvent, finish]).lost).toEqual(['container'])
    const own = encode([{ ...start, format: 'openai-chat', extra } as ChatEvent, finish])
    expect(own.lost).toEqual([])
    expect(own.text).toContain('"container":"c"')
  })
})

describe('a response ends', () => {
  test.each<[string, Extract<ChatEvent, { type: 'finish' }>['finish'], JsonObject]>([
    ['stop', { reason: 'stop', native: 'stop' }, { finish_reason: 'stop' }],
    [
      'by a stop sequence',
      { reason: 'stop-sequence', stopSequence: '#', native: 'stop_sequence' },
      { finish_reason: 'stop', stop_reason: '#', native_finish_reason: 'stop_sequence' },
    ],
    ['with a full context', { reason: 'context-full' }, { finish_reason: 'length' }],
    [
      'by a filter',
      { reason: 'content-filter', native: 'SAFETY' },
      { finish_reason: 'content_filter', native_finish_reason: 'SAFETY' },
    ],
    [
      'with a refusal without text',
      { reason: 'refusal', native: 'refusal' },
      { finish_reason: 'content_filter', native_finish_reason: 'refusal' },
    ],
    [
      'paused',
      { reason: 'pause', native: 'pause_turn' },
      { finish_reason: 'stop', native_finish_reason: 'pause_turn' },
    ],
    [
      'with a malformed call',
      { reason: 'malformed-tool-call', native: 'MALFORMED_FUNCTION_CALL' },
      { finish_reason: 'stop', native_finish_reason: 'MALFORMED_FUNCTION_CALL' },
    ],
    [
      'for an unknown reason',
      { reason: 'other', native: 'NEW' },
      { finish_reason: 'stop', native_finish_reason: 'NEW' },
    ],
  ])('%s', (_title, finish, expected) => {
    const { frames } = encode([start, { type: 'finish', choice: 0, finish }])
    const chunk = JSON.parse(frames.at(-2)!.data) as { choices: JsonObject[] }
    const { index: _, delta: __, ...words } = chunk.choices[0]!
    expect(words).toEqual(expected)
    const whole = encodeResponse({ format: 'x', choices: [{ parts: [], finish }] }, facts(false), new Losses()) as {
      choices: JsonObject[]
    }
    expect(whole.choices[0]).toMatchObject(expected)
  })

  test('a refusal with text ends with stop, as OpenAI’s do', () => {
    const events: ChatEvent[] = [
      start,
      open(0, { type: 'refusal' }),
      more(0, 'No'),
      close(0),
      { type: 'finish', choice: 0, finish: { reason: 'refusal' } },
    ]
    expect(encode(events).text).toContain('"finish_reason":"stop"')
  })
})

const word = fc.string({ minLength: 1, maxLength: 8 })
const seal = fc.oneof(
  fc.record({ origin: fc.constantFrom('anthropic', 'gemini', 'bedrock-converse'), signature: word }),
  fc.record({ origin: fc.constantFrom('anthropic', 'openai-responses', 'xai'), data: word }),
)
const reasoning: fc.Arbitrary<ResponsePart> = fc
  .record({ text: word, seal, id: word, isSummary: fc.constant(true) }, { requiredKeys: ['text'] })
  .map((part) => Object.assign(part, { type: 'reasoning' } as const))
const toolCall: fc.Arbitrary<ResponsePart> = fc.record({
  type: fc.constant('tool-call' as const),
  id: fc.uuid(),
  name: word,
  arguments: fc.dictionary(word, fc.jsonValue()).map((given) => JSON.stringify(given)),
})
const response: fc.Arbitrary<ChatResponse> = fc
  .tuple(
    fc.array(reasoning, { maxLength: 3 }),
    fc.option(word, { nil: undefined }),
    fc.array(toolCall, { maxLength: 3 }),
  )
  .map(([thoughts, said, calls]) => ({
    format: 'openai-chat',
    id: 'chatcmpl-1',
    model: 'm',
    created: 5,
    choices: [
      {
        parts: [...thoughts, ...(said === undefined ? [] : [{ type: 'text', text: said } as const]), ...calls],
        finish: calls.length > 0 ? { reason: 'tool-calls', native: 'tool_calls' } : { reason: 'stop', native: 'stop' },
      },
    ],
    usage: { input: 3, output: 4, cached: 0, cacheWrite: 0 },
  }))

describe('for any response', () => {
  test('its stream is valid and is decoded to the same response', () =>
    fc.assert(
      fc.property(response, (given) => {
        const { frames } = encode(unfold(given), true)
        expect(checkStream(frames)).toEqual([])
        const decoder = createDecoder()
        const events = frames.flatMap((frame) => decoder.push(frame)).concat(decoder.end())
        expect(fold(events, 'openai-chat')).toEqual(given)
      }),
      runs(),
    ))

  test('its body is decoded to the same response', () =>
    fc.assert(
      fc.property(response, (given) => {
        const body = JSON.parse(JSON.stringify(encodeResponse(given, facts(false), new Losses()))) as unknown
        expect(decodeResponse(body)).toEqual(given)
      }),
      runs(),
    ))
})

describe('the grammar is violated by', () => {
  const head = { id: 'a', object: 'chat.completion.chunk', created: 1, model: 'm' }
  const chunk = (choice: JsonObject, more: JsonObject = {}) => ({
    ...head,
    choices: [{ index: 0, delta: {}, finish_reason: null, ...choice }],
    ...more,
  })
  const role = chunk({ delta: { role: 'assistant', content: '' } })
  const last = chunk({ finish_reason: 'stop' })
  const callChunk = (call: JsonObject) => chunk({ delta: { tool_calls: [call] } })
  test.each<[string, unknown[], string]>([
    ['no end', [role, last], 'there is no [DONE]'],
    ['no finish', [role, '[DONE]'], 'choice 0 has no finish_reason'],
    ['no role', [last, '[DONE]'], 'begins without a role'],
    ['two roles', [role, role, last, '[DONE]'], 'repeats the role'],
    ['another id', [role, { ...last, id: 'b' }, '[DONE]'], 'another id, created or model'],
    [
      'no finish_reason key',
      [role, { ...head, choices: [{ index: 0, delta: {} }] }, last, '[DONE]'],
      'without the key finish_reason',
    ],
    ['an unknown finish reason', [role, chunk({ finish_reason: 'eos' }), '[DONE]'], 'unknown finish_reason'],
    ['text after the finish', [role, last, role, '[DONE]'], 'comes after the finish_reason'],
    ['an event after the end', [role, last, '[DONE]', last], 'comes after [DONE]'],
    [
      'a first call with the index 1',
      [
        role,
        callChunk({ index: 1, id: 'a', type: 'function', function: { name: 'f', arguments: '{}' } }),
        last,
        '[DONE]',
      ],
      'has the call 1, not 0',
    ],
    [
      'a call without an id',
      [role, callChunk({ index: 0, type: 'function', function: { name: 'f', arguments: '{}' } }), last, '[DONE]'],
      'without id, type or name',
    ],
    [
      'a call without arguments',
      [
        role,
        callChunk({ index: 0, id: 'a', type: 'function', function: { name: 'f', arguments: '' } }),
        last,
        '[DONE]',
      ],
      'not a JSON object',
    ],
    [
      'usage beside choices',
      [role, { ...last, usage: { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 } }, '[DONE]'],
      'has usage and choices',
    ],
    ['a usage key in some chunks only', [{ ...role, usage: null }, last, '[DONE]'], 'differs in having a usage key'],
    ['an error without type', [role, { error: { message: 'no' } }, '[DONE]'], 'an error without type'],
    ['invalid data', ['<html>', '[DONE]'], 'is not a JSON object'],
  ])('%s', (_title, chunks, problem) => {
    const frames = chunks.map((data) => ({
      name: undefined,
      data: typeof data === 'string' ? data : JSON.stringify(data),
    }))
    expect(checkStream(frames).join('; ')).toContain(problem)
  })
})

describe('a client that uses the deprecated functions', () => {
  const request = decodeRequest(
    { model: 'm', messages: [{ role: 'user', content: 'hi' }], functions: [{ name: 'f' }] },
    { model: undefined, stream: undefined },
  )
  const parts: ResponsePart[] = [
    { type: 'tool-call', id: 'a', name: 'f', arguments: '{"x":1}' },
    { type: 'tool-call', id: 'b', name: 'g', arguments: '{}' },
  ]
  const response: ChatResponse = { format: 'x', choices: [{ parts, finish: { reason: 'stop' } }] }

  test('gets its call as function_call in a complete response', () => {
    const losses = new Losses()
    expect(encodeResponse(response, { ...facts(false), request }, losses)).toMatchObject({
      choices: [{ message: { function_call: { name: 'f', arguments: '{"x":1}' } }, finish_reason: 'function_call' }],
    })
    expect(losses.list.map(({ field }) => field)).toEqual(['tool_calls'])
  })

  test('gets its call as function_call in a stream', () => {
    const encoder = createEncoder({ ...facts(false), request }, new Losses())
    let text = ''
    for (const event of unfold(response)) text += encoder.push(event)
    text += encoder.end()
    expect(text).not.toContain('tool_calls')
    const decoder = createDecoder()
    const events = readFrames(text).flatMap((frame) => decoder.push(frame))
    expect(fold(events, 'x').choices[0]!.parts).toMatchObject([{ name: 'f', arguments: '{"x":1}' }])
    expect(checkStream(readFrames(text))).toEqual([])
  })
})

test('a text that waits for one that never ends is sent before the response ends', () => {
  const events = [start, open(0, { type: 'text' }), more(0, 'a'), open(1, { type: 'text' }), more(1, 'b'), finish]
  expect(deltasOf(events)).toEqual([{ role: 'assistant', content: '' }, { content: 'a' }, { content: 'b' }, {}])
})

test('the upstream’s own fields are in the first chunk only', () => {
  const own: ChatEvent = { type: 'start', format: 'openai-chat', extra: { citations: ['u'] } }
  const { text } = encode([own, open(0, { type: 'text' }), more(0, 'a'), close(0), finish])
  expect(text.split('citations')).toHaveLength(2)
})
