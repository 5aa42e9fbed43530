import { describe, expect, test } from 'bun:test'
import type { ChatEvent } from '../../../chat/event.ts'
import { fold } from '../../../chat/fold.ts'
import type { ResponsePart } from '../../../chat/response.ts'
import { asGatewayError } from '../../../errors.ts'
import type { Frame } from '../../../codecs/framing/frame.ts'
import { createDecoder } from './decode-events.ts'
import type { JsonObject } from '../../../codecs/json/object.ts'

const START = {
  type: 'message_start',
  message: { id: 'msg_1', model: 'm', content: [], usage: { input_tokens: 5, output_tokens: 1 } },
}
const DELTA = { type: 'message_delta', delta: { stop_reason: 'end_turn' }, usage: { output_tokens: 9 } }
const STOP = { type: 'message_stop' }
const block = (index: number, content_block: JsonObject) => ({ type: 'content_block_start', index, content_block })
const delta = (index: number, given: JsonObject) => ({ type: 'content_block_delta', index, delta: given })
const stop = (index: number) => ({ type: 'content_block_stop', index })
const text = (index: number, value: string) => delta(index, { type: 'text_delta', text: value })
const json = (index: number, partial_json: string) => delta(index, { type: 'input_json_delta', partial_json })
const call = (index: number, fields: JsonObject = {}) =>
  block(index, { type: 'tool_use', id: `c${index}`, name: 'f', input: {}, ...fields })
const hiBlock = [block(0, { type: 'text', text: '' }), text(0, 'hi'), stop(0)]

const frame = (event: JsonObject | string): Frame => ({
  name: undefined,
  data: typeof event === 'string' ? event : JSON.stringify(event),
})

function read(events: readonly (JsonObject | string)[]): ChatEvent[] {
  const decoder = createDecoder()
  return [...events.flatMap((event) => decoder.push(frame(event))), ...decoder.end()]
}

const answer = (...events: (JsonObject | string)[]) => fold(read([START, ...events, DELTA, STOP]), 'anthropic')

test('a stream is decoded into events', () =>
  expect(read([START, { type: 'ping' }, ...hiBlock, DELTA, STOP])).toEqual([
    { type: 'start', format: 'anthropic', id: 'msg_1', model: 'm' },
    { type: 'usage', usage: { input: 5, output: 1 } },
    { type: 'part-start', choice: 0, index: 0, part: { type: 'text' } },
    { type: 'part-delta', choice: 0, index: 0, text: 'hi' },
    { type: 'part-end', choice: 0, index: 0 },
    { type: 'usage', usage: { input: 5, output: 9 } },
    { type: 'finish', choice: 0, finish: { reason: 'stop', native: 'end_turn' } },
  ]))

describe('blocks are decoded into parts', () => {
  const f = { type: 'tool-call', id: 'c0', name: 'f' } as const
  test.each<[string, JsonObject[], ResponsePart[]]>([
    [
      'a call without arguments is {}, even if its only delta is empty',
      [call(0), json(0, ''), stop(0)],
      [{ ...f, arguments: '{}' }],
    ],
    [
      'a call with arguments has no leading {}',
      [call(0), json(0, ''), json(0, '{"a"'), json(0, ':1}'), stop(0)],
      [{ ...f, arguments: '{"a":1}' }],
    ],
    [
      'a call with its complete input in the start event',
      [call(0, { input: { a: 1 } }), json(0, ''), stop(0)],
      [{ ...f, arguments: '{"a":1}' }],
    ],
    [
      'a call is a part of its own, after the text before it',
      [...hiBlock, call(1), stop(1)],
      [
        { type: 'text', text: 'hi' },
        { ...f, id: 'c1', arguments: '{}' },
      ],
    ],
    [
      'a call keeps the caller field',
      [call(0, { caller: { type: 'direct' } }), stop(0)],
      [{ ...f, arguments: '{}', extra: { caller: { type: 'direct' } } }],
    ],
    [
      'a thinking block with its signature',
      [
        block(0, { type: 'thinking', thinking: '', signature: '' }),
        delta(0, { type: 'thinking_delta', thinking: 'Hm' }),
        delta(0, { type: 'signature_delta', signature: 'si' }),
        delta(0, { type: 'signature_delta', signature: 'g' }),
        stop(0),
      ],
      [{ type: 'reasoning', text: 'Hm', seal: { origin: 'anthropic', signature: 'sig' } }],
    ],
    [
      'a thinking block without text',
      [
        block(0, { type: 'thinking', thinking: '', signature: '' }),
        delta(0, { type: 'signature_delta', signature: 's' }),
        stop(0),
      ],
      [{ type: 'reasoning', text: '', seal: { origin: 'anthropic', signature: 's' } }],
    ],
    [
      'a redacted thinking block',
      [block(0, { type: 'redacted_thinking', data: 'd' }), stop(0)],
      [{ type: 'reasoning', text: '', seal: { origin: 'anthropic', data: 'd' } }],
    ],
    [
      'a citation',
      [
        block(0, { type: 'text', text: '', citations: [] }),
        delta(0, {
          type: 'citations_delta',
          citation: { type: 'char_location', cited_text: 'q', document_title: 't' },
        }),
        text(0, 'a'),
        stop(0),
      ],
      [
        {
          type: 'text',
          text: 'a',
          citations: [
            {
              quote: 'q',
              title: 't',
              native: { format: 'anthropic', value: { type: 'char_location', cited_text: 'q', document_title: 't' } },
            },
          ],
        },
      ],
    ],
    [
      "a hosted tool's call, complete",
      [
        block(0, { type: 'server_tool_use', id: 's', name: 'web_search', input: {} }),
        json(0, '{"query":'),
        json(0, '"x"}'),
        stop(0),
      ],
      [
        {
          type: 'native',
          format: 'anthropic',
          kind: 'server_tool_use',
          value: { type: 'server_tool_use', id: 's', name: 'web_search', input: { query: 'x' } },
        },
      ],
    ],
    [
      'a block of an unknown type, with unknown deltas',
      [
        block(0, { type: 'compaction', content: null }),
        delta(0, { type: 'compaction_delta', content: 'a' }),
        delta(0, { type: 'compaction_delta', content: 'b' }),
        stop(0),
      ],
      [{ type: 'native', format: 'anthropic', kind: 'compaction', value: { type: 'compaction', content: 'ab' } }],
    ],
  ])('%s', (_title, events, parts) => expect(answer(...events).choices[0]!.parts).toEqual(parts))
})

describe('irregular streams are tolerated', () => {
  test.each<[string, (JsonObject | string)[], string]>([
    ['an unknown event', [{ type: 'content_block_hologram', index: 0 }, ...hiBlock], 'hi'],
    ['an unknown delta', [hiBlock[0]!, delta(0, { type: 'sparkle_delta', x: 1 }), ...hiBlock.slice(1)], 'hi'],
    ['a repeated message_start', [...hiBlock, START], 'hi'],
    ['text without a block start', [text(0, 'hi')], 'hi'],
    ['a block without a stop', [hiBlock[0]!, hiBlock[1]!], 'hi'],
    [
      'two blocks with one index',
      [block(0, { type: 'text', text: 'h' }), block(0, { type: 'text', text: 'i' }), stop(0)],
      'hi',
    ],
    [
      'interleaved blocks',
      [hiBlock[0]!, block(1, { type: 'text', text: '' }), text(1, 'i'), text(0, 'h'), stop(0), stop(1)],
      'hi',
    ],
    ['the stop of an unknown block', [...hiBlock, stop(7)], 'hi'],
    [
      'a text that is not a string',
      [hiBlock[0]!, delta(0, { type: 'text_delta', text: null }), ...hiBlock.slice(1)],
      'hi',
    ],
    ['[DONE]', [...hiBlock, '[DONE]'], 'hi'],
  ])('%s', (_title, events, text) => {
    const { parts, finish } = answer(...events).choices[0]!
    expect(parts.map((part) => (part.type === 'text' ? part.text : '')).join('')).toBe(text)
    expect(finish.reason).toBe('stop')
  })

  test('two blocks with one index are two parts, and a repeated message_start is ignored', () => {
    const twice = [block(0, { type: 'text', text: 'h' }), block(0, { type: 'text', text: 'i' }), stop(0)]
    const events = read([START, ...twice, START, DELTA, STOP])
    const parts = events.flatMap((event) => ('index' in event ? [`${event.type} ${event.index}`] : []))
    expect(parts).toEqual(['part-start 0', 'part-delta 0', 'part-end 0', 'part-start 1', 'part-delta 1', 'part-end 1'])
    expect(events.filter(({ type }) => type === 'start')).toHaveLength(1)
  })

  test('a stream without message_start gets a start event', () =>
    expect(read([...hiBlock, DELTA, STOP])[0]).toEqual({ type: 'start', format: 'anthropic' }))

  test('events after message_stop are ignored', () =>
    expect(read([START, ...hiBlock, DELTA, STOP, START, ...hiBlock])).toEqual(read([START, ...hiBlock, DELTA, STOP])))

  test('a response that is complete in message_start', () => {
    const message = {
      ...START.message,
      content: [{ type: 'tool_use', id: 'c', name: 'f', input: { a: 1 } }],
      stop_reason: 'tool_use',
    }
    expect(fold(read([{ type: 'message_start', message }, STOP]), 'anthropic').choices[0]).toMatchObject({
      parts: [{ type: 'tool-call', arguments: '{"a":1}' }],
      finish: { reason: 'tool-calls' },
    })
  })

  test('a stop without a reason is not a normal end', () =>
    expect(fold(read([START, ...hiBlock, STOP]), 'anthropic').choices[0]!.finish).toEqual({ reason: 'other' }))

  test.each(['compaction', 'model_context_window_exceeded'])('the stop reason %s keeps its name', (reason) =>
    expect(fold(read([START, { ...DELTA, delta: { stop_reason: reason } }, STOP]), 'x').choices[0]!.finish.native).toBe(
      reason,
    ),
  )

  test('fields that only this format has are kept for the finish event', () =>
    expect(
      read([
        START,
        { ...DELTA, delta: { stop_reason: 'end_turn', container: { id: 'c' } }, context_management: {} },
        STOP,
      ]).at(-1),
    ).toMatchObject({ type: 'finish', extra: { container: { id: 'c' }, context_management: {} } }))
})

describe('cumulative usage', () => {
  test('of message_delta is not added to that of message_start', () => {
    const start = {
      ...START,
      message: {
        ...START.message,
        usage: { input_tokens: 3, cache_read_input_tokens: 40, cache_creation_input_tokens: 0, output_tokens: 7 },
      },
    }
    const end = {
      ...DELTA,
      usage: {
        input_tokens: 3,
        cache_read_input_tokens: 40,
        output_tokens: 20,
        output_tokens_details: { thinking_tokens: 8 },
      },
    }
    expect(fold(read([start, end, STOP]), 'x').usage).toMatchObject({ input: 43, cached: 40, output: 20, reasoning: 8 })
  })

  test('keeps the cached tokens that only message_start reported', () => {
    const start = {
      ...START,
      message: { ...START.message, usage: { input_tokens: 3, cache_read_input_tokens: 40, output_tokens: 1 } },
    }
    expect(fold(read([start, DELTA, STOP]), 'x').usage).toMatchObject({ input: 43, cached: 40, output: 9 })
  })
})

describe('an error event inside a stream is decoded', () => {
  test.each<[string, JsonObject, object]>([
    [
      'overload as the first event',
      { type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' } },
      { kind: 'overloaded', status: 529, message: 'Overloaded' },
    ],
    ["another server's error shape", { error: { message: 'x', code: 500 } }, { message: 'x', status: 500 }],
    ['an error without a message', { type: 'error' }, { message: 'The upstream gave no message.' }],
  ])('%s', (_title, event, error) => {
    expect(read([event])).toMatchObject([{ type: 'error', error }])
    expect(read([START, hiBlock[0]!, event, ...hiBlock]).at(-1)).toMatchObject({ type: 'error', error })
  })
})

describe('rejects', () => {
  test.each<[string, (JsonObject | string)[], string]>([
    ['an empty stream', [], 'upstream_cut'],
    ['a stream cut within a block', [START, hiBlock[0]!, hiBlock[1]!], 'upstream_cut'],
    ['a stream cut before message_stop', [START, ...hiBlock, DELTA], 'upstream_cut'],
    ['an HTML page', ['<html>502</html>'], 'upstream_malformed'],
    ['half an event', ['{"type":"message_st'], 'upstream_malformed'],
    ['an event that is not an object', ['5'], 'upstream_malformed'],
    ['a message_start without a message', [{ type: 'message_start' }], 'upstream_malformed'],
    [
      'a delta without its delta',
      [START, hiBlock[0]!, { type: 'content_block_delta', index: 0 }],
      'upstream_malformed',
    ],
    ['a call without a name', [START, call(0, { name: undefined })], 'upstream_malformed'],
    ['a call with a blank id', [START, call(0, { id: '' })], 'upstream_malformed'],
    ['arguments of a call without a start', [START, json(3, '{}')], 'upstream_malformed'],
  ])('%s', (_title, events, code) => {
    try {
      read(events)
      throw new Error('was read')
    } catch (thrown) {
      expect(asGatewayError(thrown).code).toBe(code as never)
    }
  })
})
