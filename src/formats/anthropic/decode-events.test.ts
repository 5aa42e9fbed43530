import { describe, expect, test } from 'bun:test'
import type { ChatEvent } from '../../chat/event.ts'
import { fold } from '../../chat/fold.ts'
import type { AnswerPart } from '../../chat/response.ts'
import { asGatewayError } from '../../errors.ts'
import type { Frame } from '../../codecs/framing/frame.ts'
import { createDecoder } from './decode-events.ts'

type Wire = Readonly<Record<string, unknown>>

const START = {
  type: 'message_start',
  message: { id: 'msg_1', model: 'm', content: [], usage: { input_tokens: 5, output_tokens: 1 } },
}
const DELTA = { type: 'message_delta', delta: { stop_reason: 'end_turn' }, usage: { output_tokens: 9 } }
const STOP = { type: 'message_stop' }
const block = (index: number, content_block: Wire) => ({ type: 'content_block_start', index, content_block })
const delta = (index: number, given: Wire) => ({ type: 'content_block_delta', index, delta: given })
const stop = (index: number) => ({ type: 'content_block_stop', index })
const text = (index: number, said: string) => delta(index, { type: 'text_delta', text: said })
const json = (index: number, partial_json: string) => delta(index, { type: 'input_json_delta', partial_json })
const call = (index: number, fields: Wire = {}) =>
  block(index, { type: 'tool_use', id: `c${index}`, name: 'f', input: {}, ...fields })
const said = [block(0, { type: 'text', text: '' }), text(0, 'hi'), stop(0)]

const frame = (event: Wire | string): Frame => ({
  name: undefined,
  data: typeof event === 'string' ? event : JSON.stringify(event),
})

function read(events: readonly (Wire | string)[]): ChatEvent[] {
  const decoder = createDecoder()
  return [...events.flatMap((event) => decoder.push(frame(event))), ...decoder.end()]
}

const answer = (...events: (Wire | string)[]) => fold(read([START, ...events, DELTA, STOP]), 'anthropic')

test('a stream is read as events', () =>
  expect(read([START, { type: 'ping' }, ...said, DELTA, STOP])).toEqual([
    { type: 'start', format: 'anthropic', id: 'msg_1', model: 'm' },
    { type: 'usage', usage: { input: 5, output: 1 } },
    { type: 'part-start', choice: 0, index: 0, part: { type: 'text' } },
    { type: 'part-delta', choice: 0, index: 0, text: 'hi' },
    { type: 'part-end', choice: 0, index: 0 },
    { type: 'usage', usage: { input: 5, output: 9 } },
    { type: 'finish', choice: 0, finish: { reason: 'stop', native: 'end_turn' } },
  ]))

describe('blocks are read as parts', () => {
  const f = { type: 'tool-call', id: 'c0', name: 'f' } as const
  test.each<[string, Wire[], AnswerPart[]]>([
    [
      'a call without arguments is {} although its only delta is empty',
      [call(0), json(0, ''), stop(0)],
      [{ ...f, arguments: '{}' }],
    ],
    [
      'a call with arguments has no {} before them',
      [call(0), json(0, ''), json(0, '{"a"'), json(0, ':1}'), stop(0)],
      [{ ...f, arguments: '{"a":1}' }],
    ],
    [
      'a call that began with all its input',
      [call(0, { input: { a: 1 } }), json(0, ''), stop(0)],
      [{ ...f, arguments: '{"a":1}' }],
    ],
    [
      'a call counts as a part, after the text before it',
      [...said, call(1), stop(1)],
      [
        { type: 'text', text: 'hi' },
        { ...f, id: 'c1', arguments: '{}' },
      ],
    ],
    [
      'a call keeps who called',
      [call(0, { caller: { type: 'direct' } }), stop(0)],
      [{ ...f, arguments: '{}', extra: { caller: { type: 'direct' } } }],
    ],
    [
      'a thought with its signature',
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
      'a thought that is not shown',
      [
        block(0, { type: 'thinking', thinking: '', signature: '' }),
        delta(0, { type: 'signature_delta', signature: 's' }),
        stop(0),
      ],
      [{ type: 'reasoning', text: '', seal: { origin: 'anthropic', signature: 's' } }],
    ],
    [
      'a redacted thought',
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
      "a hosted tool's call, whole",
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
      'a block of a new kind, with new deltas',
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

describe('what servers send besides is borne', () => {
  test.each<[string, (Wire | string)[], string]>([
    ['an unknown event', [{ type: 'content_block_hologram', index: 0 }, ...said], 'hi'],
    ['an unknown delta', [said[0]!, delta(0, { type: 'sparkle_delta', x: 1 }), ...said.slice(1)], 'hi'],
    ['a second message_start', [...said, { ...START, message: { id: 'msg_2', content: [] } }], 'hi'],
    ['a text that no block began', [text(0, 'hi')], 'hi'],
    ['a block that never stopped', [said[0]!, said[1]!], 'hi'],
    [
      'two blocks under one index',
      [block(0, { type: 'text', text: 'h' }), block(0, { type: 'text', text: 'i' }), stop(0)],
      'hi',
    ],
    [
      'blocks side by side',
      [said[0]!, block(1, { type: 'text', text: '' }), text(1, 'i'), text(0, 'h'), stop(0), stop(1)],
      'hi',
    ],
    ['the stop of no block', [...said, stop(7)], 'hi'],
    ['a text that is none', [said[0]!, delta(0, { type: 'text_delta', text: null }), ...said.slice(1)], 'hi'],
    ['[DONE]', [...said, '[DONE]'], 'hi'],
  ])('%s', (_title, events, words) => {
    const { parts, finish } = answer(...events).choices[0]!
    expect(parts.map((part) => (part.type === 'text' ? part.text : '')).join('')).toBe(words)
    expect(finish.reason).toBe('stop')
  })

  test('two blocks under one index are two parts, and a second message_start is no other answer', () => {
    const twice = [block(0, { type: 'text', text: 'h' }), block(0, { type: 'text', text: 'i' }), stop(0)]
    const events = read([START, ...twice, { ...START, message: { id: 'msg_2', content: [] } }, DELTA, STOP])
    const parts = events.flatMap((event) => ('index' in event ? [`${event.type} ${event.index}`] : []))
    expect(parts).toEqual(['part-start 0', 'part-delta 0', 'part-end 0', 'part-start 1', 'part-delta 1', 'part-end 1'])
    expect(events.filter(({ type }) => type === 'start')).toHaveLength(1)
  })

  test('a stream without message_start', () =>
    expect(read([...said, DELTA, STOP])[0]).toEqual({ type: 'start', format: 'anthropic' }))

  test('what follows message_stop is another answer', () =>
    expect(read([START, ...said, DELTA, STOP, START, ...said])).toEqual(read([START, ...said, DELTA, STOP])))

  test('an answer that came whole in message_start', () => {
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

  test('a stop without a reason is no normal end', () =>
    expect(fold(read([START, ...said, STOP]), 'anthropic').choices[0]!.finish).toEqual({ reason: 'other' }))

  test.each(['compaction', 'model_context_window_exceeded'])('the stop reason %s keeps its name', (reason) =>
    expect(fold(read([START, { ...DELTA, delta: { stop_reason: reason } }, STOP]), 'x').choices[0]!.finish.native).toBe(
      reason,
    ),
  )

  test('fields of the message that only this language has are kept for the end', () =>
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

  test('keeps the cached tokens that only message_start told', () => {
    const start = {
      ...START,
      message: { ...START.message, usage: { input_tokens: 3, cache_read_input_tokens: 40, output_tokens: 1 } },
    }
    expect(fold(read([start, DELTA, STOP]), 'x').usage).toMatchObject({ input: 43, cached: 40, output: 9 })
  })
})

describe('an error within a stream is one', () => {
  test.each<[string, Wire, object]>([
    [
      'overload as the first event',
      { type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' } },
      { kind: 'overloaded', status: 529, message: 'Overloaded' },
    ],
    ["another server's", { error: { message: 'x', code: 500 } }, { message: 'x', status: 500 }],
    ['one without words', { type: 'error' }, { message: 'The upstream gave no message.' }],
  ])('%s', (_title, event, error) => {
    expect(read([event])).toMatchObject([{ type: 'error', error }])
    expect(read([START, said[0]!, event, ...said]).at(-1)).toMatchObject({ type: 'error', error })
  })
})

describe('refused is', () => {
  test.each<[string, (Wire | string)[], string]>([
    ['nothing at all', [], 'upstream_cut'],
    ['a stream cut within a block', [START, said[0]!, said[1]!], 'upstream_cut'],
    ['a stream cut before message_stop', [START, ...said, DELTA], 'upstream_cut'],
    ['a page', ['<html>502</html>'], 'upstream_malformed'],
    ['half an event', ['{"type":"message_st'], 'upstream_malformed'],
    ['an event that is no object', ['5'], 'upstream_malformed'],
    ['a message_start without a message', [{ type: 'message_start' }], 'upstream_malformed'],
    ['a delta without its delta', [START, said[0]!, { type: 'content_block_delta', index: 0 }], 'upstream_malformed'],
    ['a call without a name', [START, call(0, { name: undefined })], 'upstream_malformed'],
    ['a call with a blank id', [START, call(0, { id: '' })], 'upstream_malformed'],
    ['arguments of a call that never began', [START, json(3, '{}')], 'upstream_malformed'],
  ])('%s', (_title, events, code) => {
    try {
      read(events)
      throw new Error('was read')
    } catch (thrown) {
      expect(asGatewayError(thrown).code).toBe(code as never)
    }
  })
})
