import { describe, expect, test } from 'bun:test'
import type { Frame } from '../../codecs/framing/frame.ts'
import { checkStream } from './grammar.ts'
import type { JsonObject } from '../../codecs/json/object.ts'

const usage = { input_tokens: 1, output_tokens: 1, cache_creation_input_tokens: 0, cache_read_input_tokens: 0 }
const START = {
  type: 'message_start',
  message: { id: 'msg_1', type: 'message', role: 'assistant', model: 'm', content: [], usage },
}
const DELTA = { type: 'message_delta', delta: { stop_reason: 'end_turn' }, usage }
const STOP = { type: 'message_stop' }
const block = (index: number, type = 'text', fields: JsonObject = {}) => ({
  type: 'content_block_start',
  index,
  content_block: { type, ...fields },
})
const delta = (index: number, type = 'text_delta', fields: JsonObject = {}) => ({
  type: 'content_block_delta',
  index,
  delta: { type, ...fields },
})
const stop = (index: number) => ({ type: 'content_block_stop', index })
const CALL = { id: 'c', name: 'f', input: {} }

const check = (...events: JsonObject[]) =>
  checkStream(events.map((event): Frame => ({ name: String(event['type']), data: JSON.stringify(event) })))

test.each<[string, JsonObject[]]>([
  ['a text block', [START, { type: 'ping' }, block(0), delta(0), stop(0), DELTA, STOP]],
  [
    'a call',
    [
      START,
      block(0, 'tool_use', CALL),
      delta(0, 'input_json_delta', { partial_json: '{}' }),
      stop(0),
      { ...DELTA, delta: { stop_reason: 'tool_use' } },
      STOP,
    ],
  ],
  ['an error', [START, block(0), { type: 'error', error: { type: 'api_error', message: 'x' } }]],
  ['an error as the first event', [{ type: 'error', error: { type: 'api_error', message: 'x' } }]],
])('accepts %s', (_title, events) => expect(check(...events)).toEqual([]))

describe('reports', () => {
  test.each<[string, JsonObject[], string]>([
    ['an empty stream', [], 'the stream has no message_stop'],
    ['a missing message_start', [DELTA, STOP], 'message_delta in the wrong place'],
    ['two message_start events', [START, START, DELTA, STOP], 'message_start in the wrong place'],
    [
      'a message without usage',
      [{ ...START, message: { ...START.message, usage: undefined } }, DELTA, STOP],
      'message_start has no usage',
    ],
    [
      'usage without a key',
      [START, { ...DELTA, usage: { output_tokens: 1 } }, STOP],
      'usage of message_delta has no input_tokens',
    ],
    ['a gap in the block numbers', [START, block(1), stop(1), DELTA, STOP], 'block 1 instead of block 0'],
    ['two open blocks', [START, block(0), block(1), stop(1), DELTA, STOP], 'block 1 starts inside another block'],
    ['a delta before its block', [START, delta(0), DELTA, STOP], 'delta for block 0, which is not open'],
    [
      'a delta of another type',
      [START, block(0), delta(0, 'thinking_delta'), stop(0), DELTA, STOP],
      'thinking_delta in a text block',
    ],
    ['a stop without its block', [START, stop(0), DELTA, STOP], 'stop of block 0, which is not open'],
    ['message_delta before the block ends', [START, block(0), DELTA, STOP], 'message_delta inside a block'],
    [
      'a call without a name',
      [START, block(0, 'tool_use', { id: 'c' }), stop(0), { ...DELTA, delta: { stop_reason: 'tool_use' } }, STOP],
      'tool_use has no name',
    ],
    [
      'an incomplete call',
      [
        START,
        block(0, 'tool_use', CALL),
        delta(0, 'input_json_delta', { partial_json: '{' }),
        stop(0),
        { ...DELTA, delta: { stop_reason: 'tool_use' } },
        STOP,
      ],
      'the input of block 0 is not a JSON object',
    ],
    [
      'a normal end after a call',
      [START, block(0, 'tool_use', CALL), stop(0), DELTA, STOP],
      'the stop reason is end_turn, but there is a tool call',
    ],
    [
      'tool_use without a call',
      [START, { ...DELTA, delta: { stop_reason: 'tool_use' } }, STOP],
      'the stop reason is tool_use, but there is no tool call',
    ],
    ['a missing stop reason', [START, { ...DELTA, delta: {} }, STOP], 'message_delta has no stop reason'],
    ['a missing message_delta', [START, STOP], 'message_stop in the wrong place'],
    ['a missing message_stop', [START, DELTA], 'the stream has no message_stop'],
    ['an event after the end', [START, DELTA, STOP, { type: 'ping' }], 'ping after the end of the stream'],
  ])('%s', (_title, events, problem) => expect(check(...events)).toContain(problem))

  test('an event with the wrong name', () =>
    expect(checkStream([{ name: 'x', data: JSON.stringify(START) }])).toContain(
      'the event named x has the type message_start',
    ))
})
