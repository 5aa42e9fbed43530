import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import type { ChatEvent } from '../../../chat/event.ts'
import { fold } from '../../../chat/fold.ts'
import { sseFrame, sseFrames } from '../../../codecs/framing/sse.ts'
import { openaiResponses } from '../index.ts'
import { runs } from '../../../../test/runs.ts'

type Event = Record<string, unknown>

const CREATED: Event = {
  type: 'response.created',
  response: { id: 'resp_1', created_at: 5, model: 'm', status: 'in_progress', output: [], store: false },
}
const done = (response: Event = {}): Event => ({
  type: 'response.completed',
  response: {
    id: 'resp_1',
    model: 'm',
    status: 'completed',
    output: [],
    usage: { input_tokens: 3, input_tokens_details: { cached_tokens: 1 }, output_tokens: 2, total_tokens: 5 },
    ...response,
  },
})
const added = (item: Event, output_index = 0): Event => ({ type: 'response.output_item.added', output_index, item })
const ended = (item: Event, output_index = 0): Event => ({ type: 'response.output_item.done', output_index, item })
const part = (type: string, more: Event = {}): Event => ({
  type: 'response.content_part.added',
  output_index: 0,
  content_index: 0,
  part: { type, text: '' },
  ...more,
})
const delta = (kind: string, text: string, more: Event = {}): Event => ({
  type: `response.${kind}.delta`,
  item_id: 'i',
  output_index: 0,
  content_index: 0,
  delta: text,
  ...more,
})
const message = { type: 'message', id: 'msg_1', role: 'assistant', content: [] }
const call = { type: 'function_call', id: 'fc_1', call_id: 'call_1', name: 'f', arguments: '' }
const args = (text: string, output_index = 0) => delta('function_call_arguments', text, { output_index })

function read(...events: (Event | string)[]): ChatEvent[] {
  const decoder = openaiResponses.createDecoder()
  const out: ChatEvent[] = []
  for (const event of events) {
    const data = typeof event === 'string' ? event : JSON.stringify(event)
    out.push(...decoder.push({ name: undefined, data }))
  }
  return out.concat(decoder.end())
}

/** The violations of the event order that every encoder relies on. */
function disorder(events: readonly ChatEvent[]): string[] {
  const open = new Set<number>()
  const problems = events[0]?.type === 'start' ? [] : ['begins without a start']
  for (const event of events) {
    if (event.type === 'part-start') {
      if (open.size > 0 && event.part.type !== 'tool-call') problems.push(`part ${event.index} opens beside another`)
      open.add(event.index)
    } else if ('index' in event && !open.has(event.index))
      problems.push(`${event.type} of ${event.index}, which is not open`)
    if (event.type === 'part-end') open.delete(event.index)
    if (event.type === 'finish' && open.size > 0) problems.push('finishes with open parts')
  }
  return problems
}

const partsOf = (...events: (Event | string)[]) => fold(read(...events), 'openai-responses').choices[0]?.parts
const finishOf = (...events: Event[]) => fold(read(...events), 'openai-responses').choices[0]?.finish
const TEXT = { type: 'text', text: 'ab' } as const
const CALL = { type: 'tool-call', id: 'call_1', name: 'f', arguments: '{"a":1}' } as const

test('a stream begins with the head of its response, and ends with usage and reason', () => {
  const events = read(CREATED, added(message), part('output_text'), delta('output_text', 'ab'), done())
  expect(events).toEqual([
    { type: 'start', format: 'openai-responses', id: 'resp_1', created: 5, model: 'm', extra: { store: false } },
    { type: 'part-start', choice: 0, index: 0, part: { type: 'text' } },
    { type: 'part-delta', choice: 0, index: 0, text: 'ab' },
    { type: 'part-end', choice: 0, index: 0 },
    { type: 'usage', usage: { input: 3, cached: 1, output: 2 } },
    { type: 'finish', choice: 0, finish: { reason: 'stop', native: 'completed' } },
  ])
})

describe('the response is the same for any form of', () => {
  const reasoning = { type: 'reasoning', id: 'rs_1', summary: [] }
  const thought = { type: 'reasoning', text: 'ab', id: 'rs_1' }
  test.each<[string, Event[], object[]]>([
    ['a text without its part', [added(message), delta('output_text', 'a'), delta('output_text', 'b')], [TEXT]],
    ['a text without its item', [delta('output_text', 'a'), delta('output_text', 'b')], [TEXT]],
    [
      'a text without deltas',
      [added(message), ended({ ...message, content: [{ type: 'output_text', text: 'ab' }] })],
      [TEXT],
    ],
    [
      'a text sent only when its part is done',
      [
        added(message),
        part('output_text'),
        { ...part('output_text'), type: 'response.content_part.done', part: { type: 'output_text', text: 'ab' } },
      ],
      [TEXT],
    ],
    ['an item that is only done', [ended({ ...message, content: [{ type: 'output_text', text: 'ab' }] })], [TEXT]],
    [
      'a stream with the terminal event only',
      [done({ output: [{ ...message, content: [{ type: 'output_text', text: 'ab' }] }] })],
      [TEXT],
    ],
    [
      'done events that repeat the deltas',
      [
        added(message),
        delta('output_text', 'ab'),
        ended({ ...message, content: [{ type: 'output_text', text: 'ab' }] }),
      ],
      [TEXT],
    ],
    [
      'texts and refusals of one message',
      [added(message), delta('output_text', 'ab'), delta('refusal', 'no', { content_index: 1 })],
      [TEXT, { type: 'refusal', text: 'no' }],
    ],
    ['arguments in pieces', [added(call), args('{"a"'), args(':1}'), ended({ ...call, arguments: '{"a":1}' })], [CALL]],
    ['arguments only in the done item', [added(call), ended({ ...call, arguments: '{"a":1}' })], [CALL]],
    [
      'arguments in a separate event',
      [added(call), { type: 'response.function_call_arguments.done', output_index: 0, arguments: '{"a":1}' }],
      [CALL],
    ],
    ['a call that is only done', [args('{"a":1}'), ended({ ...call, arguments: '{"a":1}' })], [CALL]],
    [
      'a call whose name arrives when it is done',
      [added({ ...call, name: '' }), args('{"a":1}'), ended({ ...call, arguments: '{"a":1}' })],
      [CALL],
    ],
    ['empty pieces of arguments', [added(call), args(''), args('{"a":1}'), args('')], [CALL]],
    ['no arguments', [added(call), ended(call)], [{ ...CALL, arguments: '{}' }]],
    [
      'interleaved calls',
      [
        added(call, 0),
        added({ ...call, call_id: 'call_2' }, 1),
        args('{"b"', 1),
        args('{"a"', 0),
        args(':1}', 0),
        args(':1}', 1),
      ],
      [CALL, { ...CALL, id: 'call_2', arguments: '{"b":1}' }],
    ],
    [
      'a repeated index',
      [added(call), args('{"a":1}'), added({ ...call, call_id: 'call_2' }), args('{"b":1}')],
      [CALL, { ...CALL, id: 'call_2', arguments: '{"b":1}' }],
    ],
    [
      'reasoning as DeepSeek announces it',
      [added(reasoning), part('reasoning_text'), delta('reasoning_text', 'ab'), ended(reasoning)],
      [thought],
    ],
    [
      'reasoning as Bedrock announces it',
      [
        added(reasoning),
        { ...part('reasoning_text'), type: 'response.reasoning_part.added' },
        delta('reasoning_text', 'ab'),
        ended(reasoning),
      ],
      [thought],
    ],
    [
      'summaries, and a seal at their end',
      [
        added(reasoning),
        {
          type: 'response.reasoning_summary_part.added',
          output_index: 0,
          summary_index: 0,
          part: { type: 'summary_text' },
        },
        delta('reasoning_summary_text', 'ab', { content_index: undefined, summary_index: 0 }),
        delta('reasoning_summary_text', 'cd', { content_index: undefined, summary_index: 1 }),
        ended({ ...reasoning, encrypted_content: 'blob' }),
      ],
      [
        { ...thought, isSummary: true },
        { ...thought, isSummary: true, text: 'cd', seal: { origin: 'openai-responses', data: 'blob' } },
      ],
    ],
    [
      'reasoning without text',
      [added(reasoning), ended({ ...reasoning, encrypted_content: 'blob' })],
      [{ ...thought, text: '', seal: { origin: 'openai-responses', data: 'blob' } }],
    ],
    [
      'citations sent with the text only',
      [
        added(message),
        delta('output_text', 'ab'),
        ended({
          ...message,
          content: [
            {
              type: 'output_text',
              text: 'ab',
              annotations: [{ type: 'url_citation', url: 'u', start_index: 0, end_index: 2 }],
            },
          ],
        }),
      ],
      [
        {
          ...TEXT,
          citations: [
            {
              start: 0,
              end: 2,
              url: 'u',
              native: {
                format: 'openai-responses',
                value: { type: 'url_citation', url: 'u', start_index: 0, end_index: 2 },
              },
            },
          ],
        },
      ],
    ],
    [
      'hosted tools and unknown items',
      [
        added({ type: 'web_search_call', id: 'ws_1' }),
        { type: 'response.web_search_call.searching', output_index: 0, item_id: 'ws_1' },
        { type: 'response.something_new', output_index: 0 },
        ended({ type: 'web_search_call', id: 'ws_1', status: 'completed' }),
        { type: 'keepalive', sequence_number: 5 },
      ],
      [
        {
          type: 'native',
          format: 'openai-responses',
          kind: 'web_search_call',
          value: { type: 'web_search_call', id: 'ws_1', status: 'completed' },
        },
      ],
    ],
  ])('%s', (_, events, parts) => {
    expect(partsOf(CREATED, ...events, done())).toEqual(parts as never)
    expect(disorder(read(CREATED, ...events, done()))).toEqual([])
  })

  test('without a beginning', () => {
    const events = read(added(message), delta('output_text', 'ab'), done())
    expect(fold(events, 'x').choices[0]!.parts).toEqual([TEXT])
    expect(disorder(events)).toEqual([])
  })
  test('with a [DONE], as OpenRouter sends', () =>
    expect(partsOf(CREATED, delta('output_text', 'ab'), done(), '[DONE]')).toEqual([TEXT]))
  test('and then another response', () =>
    expect(partsOf(CREATED, delta('output_text', 'ab'), done(), CREATED, delta('output_text', 'c'), done())).toEqual([
      TEXT,
    ]))
})

describe('the finish reason', () => {
  test.each<[object, object]>([
    [{ status: 'completed' }, { reason: 'stop', native: 'completed' }],
    [{ status: 'incomplete', incomplete_details: { reason: 'max_output_tokens' } }, { reason: 'length' }],
    [{ status: 'incomplete', incomplete_details: { reason: 'content_filter' } }, { reason: 'content-filter' }],
    [
      { status: 'incomplete', incomplete_details: { reason: 'tired' } },
      { reason: 'other', native: 'tired' },
    ],
    [
      { status: 'incomplete', incomplete_details: null },
      { reason: 'other', native: 'incomplete' },
    ],
    [{ status: 'resting' }, { reason: 'other', native: 'resting' }],
  ])('%j: %j', (response, finish) =>
    expect(finishOf(CREATED, delta('output_text', 'a'), done(response as Event))).toMatchObject(finish),
  )

  test('of calls', () => expect(finishOf(CREATED, added(call), done())?.reason).toBe('tool-calls'))
  test('of a refusal', () => expect(finishOf(CREATED, delta('refusal', 'no'), done())?.reason).toBe('refusal'))
  test('of a truncated call', () =>
    expect(
      finishOf(
        CREATED,
        added(call),
        done({ status: 'incomplete', incomplete_details: { reason: 'max_output_tokens' } }),
      )?.reason,
    ).toBe('length'))
})

describe('errors are decoded:', () => {
  const failed = (error: unknown): Event => ({ type: 'response.failed', response: { status: 'failed', error } })
  test.each<[string, Event[], object]>([
    [
      'as servers send them',
      [{ type: 'error', error: { type: 'server_error', code: 'rate_limit_exceeded', message: 'Slow.', param: null } }],
      { message: 'Slow.', kind: 'rate-limit' },
    ],
    [
      'as in the published schema',
      [{ type: 'error', code: 'server_error', message: 'Oh.', param: null }],
      { message: 'Oh.', kind: 'internal' },
    ],
    [
      'a failed response',
      [CREATED, failed({ code: 'invalid_prompt', message: 'No.' })],
      { message: 'No.', kind: 'bad-request' },
    ],
    ['one about images', [CREATED, failed({ code: 'image_too_large', message: 'No.' })], { kind: 'bad-request' }],
    ['one without a reason', [CREATED, failed(null)], { message: expect.stringMatching(/\w/) }],
    ['a bare error', [{ error: { message: 'Gone.' } }], { message: 'Gone.' }],
  ])('%s', (_, events, error) => expect(read(...events).at(-1)).toMatchObject({ type: 'error', error }))

  test('an error and the response that failed with it are one error', () => {
    const error = { type: 'error', error: { message: 'Slow.', code: 'x' } }
    expect(read(CREATED, error, failed({ message: 'Slow.' })).filter(({ type }) => type === 'error')).toHaveLength(1)
  })
})

describe('an invalid stream is rejected', () => {
  test.each<[string, (Event | string)[], string]>([
    ['no events', [], 'before the response was complete'],
    ['a truncated stream', [CREATED, delta('output_text', 'a')], 'before the response was complete'],
    ['text', ['<html>'], 'not valid JSON'],
    ['a list', ['[]'], 'not a JSON object'],
    ['an end without a response', [CREATED, { type: 'response.completed' }], 'without its response'],
    ['a call without a name', [CREATED, ended({ ...call, name: undefined })], 'item.name is missing'],
  ])('%s', (_, events, message) => expect(() => read(...events)).toThrow(message))

  test('any values give valid events or an error', () => {
    const value = fc.oneof(fc.constant(null), fc.integer(), fc.string(), fc.constant([]), fc.constant({}))
    const kinds = [
      'output_item.added',
      'output_item.done',
      'content_part.added',
      'content_part.done',
      'output_text.delta',
    ]
    const event = fc.record({
      type: fc
        .constantFrom(...kinds, 'function_call_arguments.delta', 'output_text.annotation.added')
        .map((kind) => `response.${kind}`),
      output_index: value,
      content_index: value,
      delta: value,
      part: fc.oneof(value, fc.record({ type: fc.constantFrom('output_text', 'x'), text: value })),
      annotation: value,
      item: fc.oneof(
        value,
        fc.record({ type: fc.constantFrom('message', 'reasoning', 'x'), id: value, content: value }),
      ),
    })
    fc.assert(
      fc.property(fc.array(event, { maxLength: 8 }), (events) => {
        try {
          for (const out of read(CREATED, ...events, done()))
            if (out.type === 'part-delta') expect(out.text).not.toBe('')
        } catch (error) {
          expect((error as { code?: string }).code).toBe('upstream_malformed')
        }
      }),
      runs(),
    )
  })
})

test('the origin of sealed reasoning depends on the model', () => {
  const created = { ...CREATED, response: { ...(CREATED['response'] as Event), model: 'grok-4' } }
  const reasoning = { type: 'reasoning', id: 'rs_1', summary: [], encrypted_content: 'blob' }
  expect(partsOf(created, added(reasoning), ended(reasoning), done())).toMatchObject([
    { seal: { origin: 'xai', data: 'blob' } },
  ])
})

test('a stream split at any byte has the same events', () => {
  const events = [CREATED, added(message), delta('output_text', 'hé €𝄞'), ended(message), done()]
  const bytes = Buffer.from(events.map((event) => sseFrame(JSON.stringify(event), String(event['type']))).join(''))
  const decode = (cut: number) => {
    const [frames, decoder] = [sseFrames(), openaiResponses.createDecoder()]
    const all = [...frames.push(bytes.subarray(0, cut)), ...frames.push(bytes.subarray(cut)), ...frames.end()]
    return JSON.stringify(all.map((frame) => decoder.push(frame)))
  }
  for (let cut = 1; cut < bytes.length; cut++) expect(decode(cut)).toBe(decode(0))
})
