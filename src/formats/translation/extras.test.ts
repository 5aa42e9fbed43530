import { describe, expect, test } from 'bun:test'
import { noteExtras, withExtra } from './extras.ts'
import { Losses } from './losses.ts'

test('each field of another format is noted with its path', () => {
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
  ['undefined', { a: 1 }, undefined, { a: 1 }],
  ['another field', { a: 1 }, { b: 2 }, { a: 1, b: 2 }],
  ['a field of an object', { a: { b: 1 } }, { a: { c: 2 } }, { a: { b: 1, c: 2 } }],
  ['another value', { a: { b: 1 } }, { a: { b: [2] } }, { a: { b: [2] } }],
  ['an object in place of a number', { a: 1 }, { a: { b: 2 } }, { a: { b: 2 } }],
])('%s is merged', (_title, body, extra, both) => expect(withExtra(body, extra)).toEqual(both))

test('a field that changes the meaning is rejected by name', () => {
  const request = { format: 'openai-chat', model: 'm', messages: [], tools: [], sampling: {}, stop: [] }
  const audio = { ...request, stream: false, wantsUsage: false, extra: { modalities: ['text', 'audio'] } }
  expect(() => noteExtras(audio, 'Anthropic', new Losses())).toThrow('modalities: Anthropic has no such field.')
})

test.each([
  [['TEXT'], []],
  [['TEXT', 'IMAGE'], undefined],
])('requesting %j, which every model returns, is no loss', (modalities, lost) => {
  const request = { format: 'gemini', model: 'm', messages: [], tools: [], sampling: {}, stop: [] }
  const extra = { 'generationConfig.responseModalities': modalities }
  const losses = new Losses()
  const note = () => noteExtras({ ...request, stream: false, wantsUsage: false, extra }, 'Anthropic', losses)
  if (lost) note()
  else expect(note).toThrow('generationConfig.responseModalities: Anthropic has no such field.')
  expect(losses.list).toEqual([])
})

describe('a field whose loss changes what the client does next is rejected', () => {
  test.each<[string, string, unknown]>([
    ['anthropic', 'thread', { type: 'create' }],
    ['anthropic', 'container', 'container_1'],
    ['openai-responses', 'background', true],
    ['openai-responses', 'conversation', 'conv_1'],
    ['openai-chat', 'deferred', true],
    ['openai-chat', 'previous_response_id', 'x'],
    ['openai-chat', 'documents', [{ text: 'a' }]],
    ['gemini', 'cachedContent', 'cachedContents/1'],
    ['gemini', 'previousInteractionId', 'x'],
  ])('%s: %s', (format, field, value) => {
    const request = { format, model: 'm', messages: [], tools: [], sampling: {}, stop: [] }
    const all = { ...request, stream: false, wantsUsage: false, extra: { [field]: value } }
    expect(() => noteExtras(all, 'Ollama', new Losses())).toThrow(`${field}: `)
  })
})

describe('the fields of openai-responses', () => {
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
  ])('%s is rejected, because it needs stored responses', (field, value) =>
    expect(() => withExtra({ [field]: value })).toThrow(`${field}: stored responses are not available`),
  )

  test.each<[string, object, string[]]>([
    ['background: false is the default', { background: false }, []],
    ['truncation: disabled is the default', { truncation: 'disabled' }, []],
    [
      'included data that every response has is no loss',
      { include: ['reasoning.encrypted_content', 'message.output_text.logprobs'] },
      [],
    ],
    ['included data of hosted tools is a loss', { include: ['file_search_call.results'] }, ['include']],
    ['truncation of the history is a loss', { truncation: 'auto' }, ['truncation']],
  ])('%s', (_, extra, noted) => expect(withExtra(extra)).toEqual(noted))
})
