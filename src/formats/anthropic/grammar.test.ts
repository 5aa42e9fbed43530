import { describe, expect, test } from 'bun:test'
import type { Frame } from '../../codecs/framing/frame.ts'
import { checkStream } from './grammar.ts'

type Wire = Readonly<Record<string, unknown>>

const usage = { input_tokens: 1, output_tokens: 1, cache_creation_input_tokens: 0, cache_read_input_tokens: 0 }
const START = {
  type: 'message_start',
  message: { id: 'msg_1', type: 'message', role: 'assistant', model: 'm', content: [], usage },
}
const DELTA = { type: 'message_delta', delta: { stop_reason: 'end_turn' }, usage }
const STOP = { type: 'message_stop' }
const block = (index: number, type = 'text', fields: Wire = {}) => ({
  type: 'content_block_start',
  index,
  content_block: { type, ...fields },
})
const delta = (index: number, type = 'text_delta', fields: Wire = {}) => ({
  type: 'content_block_delta',
  index,
  delta: { type, ...fields },
})
const stop = (index: number) => ({ type: 'content_block_stop', index })
const CALL = { id: 'c', name: 'f', input: {} }

const check = (...events: Wire[]) =>
  checkStream(events.map((event): Frame => ({ name: String(event['type']), data: JSON.stringify(event) })))

test.each<[string, Wire[]]>([
  ['a text', [START, { type: 'ping' }, block(0), delta(0), stop(0), DELTA, STOP]],
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
  ['a failure', [START, block(0), { type: 'error', error: { type: 'api_error', message: 'x' } }]],
  ['a failure first', [{ type: 'error', error: { type: 'api_error', message: 'x' } }]],
])('nothing is wrong with %s', (_title, events) => expect(check(...events)).toEqual([]))

describe('wrong is', () => {
  test.each<[string, Wire[], string]>([
    ['nothing', [], 'no end'],
    ['no beginning', [DELTA, STOP], 'message_delta at the wrong place'],
    ['two beginnings', [START, START, DELTA, STOP], 'message_start at the wrong place'],
    [
      'a message without usage',
      [{ ...START, message: { ...START.message, usage: undefined } }, DELTA, STOP],
      'message_start without usage',
    ],
    [
      'usage without a key',
      [START, { ...DELTA, usage: { output_tokens: 1 } }, STOP],
      'usage of message_delta without input_tokens',
    ],
    ['a gap', [START, block(1), stop(1), DELTA, STOP], 'block 1 in place of 0'],
    ['two blocks open', [START, block(0), block(1), stop(1), DELTA, STOP], 'block 1 begins within another'],
    ['a delta before its block', [START, delta(0), DELTA, STOP], 'a delta for block 0, not open'],
    [
      'a delta of another kind',
      [START, block(0), delta(0, 'thinking_delta'), stop(0), DELTA, STOP],
      'thinking_delta in a block of text',
    ],
    ['the end of no block', [START, stop(0), DELTA, STOP], 'the end of block 0, not open'],
    ['an end within a block', [START, block(0), DELTA, STOP], 'message_delta within a block'],
    [
      'a call without a name',
      [START, block(0, 'tool_use', { id: 'c' }), stop(0), { ...DELTA, delta: { stop_reason: 'tool_use' } }, STOP],
      'a call without name',
    ],
    [
      'half a call',
      [
        START,
        block(0, 'tool_use', CALL),
        delta(0, 'input_json_delta', { partial_json: '{' }),
        stop(0),
        { ...DELTA, delta: { stop_reason: 'tool_use' } },
        STOP,
      ],
      'the input of block 0 is no object',
    ],
    [
      'a normal end after a call',
      [START, block(0, 'tool_use', CALL), stop(0), DELTA, STOP],
      'ended normally although it calls',
    ],
    [
      'tool_use without a call',
      [START, { ...DELTA, delta: { stop_reason: 'tool_use' } }, STOP],
      'ended for a call that is not there',
    ],
    ['no stop reason', [START, { ...DELTA, delta: {} }, STOP], 'message_delta without a stop reason'],
    ['no message_delta', [START, STOP], 'message_stop at the wrong place'],
    ['no message_stop', [START, DELTA], 'no end'],
    ['more after the end', [START, DELTA, STOP, { type: 'ping' }], 'ping after the end'],
  ])('%s', (_title, events, problem) => expect(check(...events)).toContain(problem))

  test('an event under another name', () =>
    expect(checkStream([{ name: 'x', data: JSON.stringify(START) }])).toContain(
      'an event named x has the type message_start',
    ))
})
