import { describe, expect, test } from 'bun:test'
import { noteExtras, withExtra } from './extras.ts'
import { Losses } from './losses.ts'

test('each field of another language is noted at its place', () => {
  const losses = new Losses()
  const extra = { x: 1 }
  noteExtras(
    {
      format: 'openai-chat',
      model: 'm',
      messages: [
        { role: 'user', parts: [{ type: 'text', text: 'a', extra }], extra: { y: 1 } },
        { role: 'tool', parts: [{ type: 'tool-result', callId: 'c', content: [{ type: 'text', text: 'b', extra }] }] },
      ],
      tools: [
        { type: 'function', name: 'f', extra },
        { type: 'native', format: 'openai-chat', kind: 'custom', value: {} },
      ],
      sampling: {},
      stop: [],
      stream: false,
      wantsUsage: false,
      extra: { z: {}, w: null },
    },
    'Anthropic',
    losses,
  )
  expect(losses.list.map(({ field }) => field)).toEqual([
    'z',
    'w',
    'tools[0].x',
    'messages[0].y',
    'messages[0].content[0].x',
    'messages[1].content[0].content[0].x',
  ])
  expect(losses.list[0]?.what).toBe('removed: Anthropic has no such field')
})

test.each([
  ['nothing', { a: 1 }, undefined, { a: 1 }],
  ['another field', { a: 1 }, { b: 2 }, { a: 1, b: 2 }],
  ['a field of an object', { a: { b: 1 } }, { a: { c: 2 } }, { a: { b: 1, c: 2 } }],
  ['another value', { a: { b: 1 } }, { a: { b: [2] } }, { a: { b: [2] } }],
  ['an object in place of none', { a: 1 }, { a: { b: 2 } }, { a: { b: 2 } }],
])('%s is added', (_title, body, extra, both) => expect(withExtra(body, extra)).toEqual(both))

test('a field that changes what is asked for is refused by name', () => {
  const request = { format: 'openai-chat', model: 'm', messages: [], tools: [], sampling: {}, stop: [] }
  const audio = { ...request, stream: false, wantsUsage: false, extra: { modalities: ['text', 'audio'] } }
  expect(() => noteExtras(audio, 'Anthropic', new Losses())).toThrow('modalities: Anthropic has no such field.')
})

test.each([
  [['TEXT'], []],
  [['TEXT', 'IMAGE'], undefined],
])('answers as %j, which everybody gives, are no loss', (modalities, lost) => {
  const request = { format: 'gemini', model: 'm', messages: [], tools: [], sampling: {}, stop: [] }
  const extra = { 'generationConfig.responseModalities': modalities }
  const losses = new Losses()
  const note = () => noteExtras({ ...request, stream: false, wantsUsage: false, extra }, 'Anthropic', losses)
  if (lost) note()
  else expect(note).toThrow('generationConfig.responseModalities: Anthropic has no such field.')
  expect(losses.list).toEqual([])
})

describe('of the fields of Responses', () => {
  const withExtra = (extra: object) => {
    const request = { format: 'openai-responses', model: 'm', messages: [], tools: [], sampling: {}, stop: [] }
    const losses = new Losses()
    noteExtras({ ...request, stream: false, wantsUsage: true, extra: { ...extra } }, 'Anthropic', losses)
    return losses.list.map(({ field }) => field)
  }

  test.each([
    ['previous_response_id', 'resp_1'],
    ['conversation', { id: 'conv_1' }],
    ['background', true],
    ['prompt', { id: 'pmpt_1' }],
  ])('%s is refused, because it needs a store', (field, value) =>
    expect(() => withExtra({ [field]: value })).toThrow(`${field}: it needs a store`),
  )

  test.each<[string, object, string[]]>([
    ['an answer that is waited for', { background: false }, []],
    ['nothing cut off', { truncation: 'disabled' }, []],
    ['what any answer has', { include: ['reasoning.encrypted_content', 'message.output_text.logprobs'] }, []],
    ['what only hosted tools have', { include: ['file_search_call.results'] }, ['include']],
    ['a history cut to fit', { truncation: 'auto' }, ['truncation']],
  ])('%s', (_, extra, noted) => expect(withExtra(extra)).toEqual(noted))
})
