import { describe, expect, test } from 'bun:test'
import type { Frame } from '../../codecs/framing/frame.ts'
import { readFrames } from '../../codecs/framing/sse.ts'
import { Losses } from '../translation/losses.ts'
import { checkStream } from './grammar.ts'
import { openaiResponses } from './index.ts'

type Event = Record<string, unknown> & { type: string }

/** A valid stream with reasoning, a text and a call. */
const VALID: readonly Event[] = (() => {
  const request = openaiResponses.decodeRequest({ model: 'm', input: 'hi' }, { model: undefined, stream: true })
  const encoder = openaiResponses.createEncoder({ request, id: 'abc', created: 1, model: undefined }, new Losses())
  const place = { choice: 0 }
  const text =
    encoder.push({ type: 'start', model: 'm' }) +
    encoder.push({ type: 'part-start', ...place, index: 0, part: { type: 'text' } }) +
    encoder.push({ type: 'part-delta', ...place, index: 0, text: 'hello' }) +
    encoder.push({ type: 'part-end', ...place, index: 0 }) +
    encoder.push({ type: 'part-start', ...place, index: 1, part: { type: 'tool-call', id: 'c', name: 'f' } }) +
    encoder.push({ type: 'part-delta', ...place, index: 1, text: '{}' }) +
    encoder.push({ type: 'part-end', ...place, index: 1 }) +
    encoder.push({ type: 'usage', usage: { input: 1, output: 1 } }) +
    encoder.push({ type: 'finish', ...place, finish: { reason: 'tool-calls' } }) +
    encoder.end()
  return readFrames(text).map(({ data }) => JSON.parse(data) as Event)
})()

const framesOf = (events: readonly Event[]): Frame[] =>
  events.map((event, index) => ({ name: event.type, data: JSON.stringify({ ...event, sequence_number: index }) }))

const at = (type: string, nth = 0): number =>
  VALID.flatMap((event, index) => (event.type === `response.${type}` ? [index] : []))[nth]!
const without = (type: string, nth = 0) => VALID.toSpliced(at(type, nth), 1)
const changed = (type: string, change: object, nth = 0) =>
  VALID.with(at(type, nth), { ...VALID[at(type, nth)]!, ...change })
const response = VALID.at(-1)!['response'] as Record<string, unknown>
const ending = (change: object) => changed('completed', { response: { ...response, ...change } })

test('a valid stream has no violations', () => expect(checkStream(framesOf(VALID))).toEqual([]))

describe('violations are reported:', () => {
  test.each<[string, readonly Event[], string]>([
    ['no start', without('created'), 'is not response.created'],
    ['no end', VALID.slice(0, -1), 'there is no terminal event'],
    ['an event after the end', [...VALID, VALID[0]!], 'comes after the last event'],
    ['an item that was not announced', without('output_item.added'), 'is of an item that was not announced'],
    ['a part that was not announced', without('content_part.added'), 'is of a part that was not announced'],
    ['another index', changed('output_item.added', { output_index: 5 }), 'has the index 5, not 0'],
    ['another item', changed('output_text.delta', { item_id: 'x' }), 'is of another item'],
    ['an item that is not done', without('output_item.done'), 'comes before the item before it is done'],
    ['a part that is not done', without('content_part.done'), 'ends an item before its parts'],
    ['an empty delta', changed('output_text.delta', { delta: '' }), 'is an empty delta'],
    ['another text at the end', changed('output_text.done', { text: 'x' }), 'has another text'],
    [
      'other arguments at the end',
      changed('function_call_arguments.done', { arguments: '{"a":1}' }),
      'has other arguments',
    ],
    ['arguments that are not done', without('function_call_arguments.done'), 'has other arguments than were streamed'],
    ['another status', ending({ status: 'failed' }), 'has the status failed'],
    ['other items at the end', ending({ output: [] }), 'has 0 items, not 2'],
    [
      'usage without details',
      ending({ usage: { input_tokens: 1, output_tokens: 1, total_tokens: 2 } }),
      'has usage without',
    ],
    ['another id', ending({ id: 'resp_x' }), 'has another id, time or model'],
    ['a missing key', ending({ tools: undefined }), 'has a response without tools'],
  ])('%s', (_, events, problem) => expect(checkStream(framesOf(events)).join('\n')).toContain(problem))

  test.each<[string, Frame[], string]>([
    [
      'another name',
      framesOf(VALID).with(0, { ...framesOf(VALID)[0]!, name: 'x' }),
      'is named x, not response.created',
    ],
    ['data that is not JSON', [{ name: 'x', data: '[DONE]' }], 'is not an event'],
    ['a gap in the numbers', framesOf(VALID).toSpliced(3, 1), 'is numbered 4'],
    [
      'an incomplete error',
      [{ name: 'error', data: '{"type":"error","sequence_number":0,"error":{}}' }],
      'is an error without message',
    ],
  ])('%s', (_, frames, problem) => expect(checkStream(frames).join('\n')).toContain(problem))
})
