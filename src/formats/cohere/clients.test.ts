// What clients of Cohere's API send and receive, where it differs from an upstream of the same API.
import { describe, expect, test } from 'bun:test'
import { answerFacts } from '../../../test/formats/tested-formats.ts'
import type { ChatEvent } from '../../chat/event.ts'
import type { TextPart } from '../../chat/part.ts'
import type { ChatResponse } from '../../chat/response.ts'
import { APIS } from '../apis/apis.ts'
import type { ApiName } from '../apis/api.ts'
import { encodeFor } from '../encode-for.ts'
import { Losses } from '../translation/losses.ts'
import { cohere } from './index.ts'

const MESSAGES = [{ role: 'user', content: 'Hi.' }]

/** A request as an upstream of another format gets it, and the fields of the warnings. */
function sent(body: object, upstream: ApiName = 'openai-chat', model = 'sim-1b') {
  const request = cohere.decodeRequest({ messages: MESSAGES, ...body }, { model: 'm', stream: undefined })
  const losses = new Losses()
  const target = { model, baseModel: model, capabilities: new Set<never>() }
  const { body: encoded } = encodeFor(request, APIS[upstream], target, undefined, losses)
  return { body: JSON.parse(JSON.stringify(encoded)) as object, lost: losses.list.map(({ field }) => field) }
}

const call = (id: string) => ({
  id,
  type: 'function',
  function: { name: 'f', arguments: '{"a":12345678901234567890}' },
})
const tool = { type: 'function', function: { name: 'f', parameters: { type: 'object', properties: {} } } }
const closed = {
  ...tool,
  function: { ...tool.function, parameters: { ...tool.function.parameters, additionalProperties: false } },
}
const document = (data: unknown, id?: string) => ({ type: 'document', document: { data, ...(id && { id }) } })
const results = (...content: unknown[]) => [
  ...MESSAGES,
  { role: 'assistant', tool_plan: 'I look.', tool_calls: [call('1')] },
  { role: 'tool', tool_call_id: '1', content },
]

describe('a request', () => {
  test.each<[string, object, object, string[]]>([
    [
      'sampling',
      { p: 0.5, k: 3, seed: 7, temperature: 0.1, max_tokens: 9 },
      { top_p: 0.5, seed: 7, temperature: 0.1, max_completion_tokens: 9 },
      ['k'],
    ],
    ['k that is off', { k: 0 }, {}, []],
    [
      'penalties and probabilities',
      { frequency_penalty: 0.2, presence_penalty: 0.3, logprobs: true },
      { frequency_penalty: 0.2, presence_penalty: 0.3, logprobs: true },
      [],
    ],
    ['stop sequences', { stop_sequences: ['a', 'b'] }, { stop: ['a', 'b'] }, []],
    ['a forced call', { tools: [tool], tool_choice: 'REQUIRED' }, { tools: [tool], tool_choice: 'required' }, []],
    ['no call', { tools: [tool], tool_choice: 'NONE' }, { tools: [tool], tool_choice: 'none' }, []],
    [
      'strict tools',
      { tools: [closed], strict_tools: true },
      { tools: [{ ...closed, function: { ...closed.function, strict: true } }] },
      [],
    ],
    [
      'strict tools whose schemas are open',
      { tools: [tool], strict_tools: true },
      { tools: [tool] },
      ['tools[0].strict'],
    ],
    ['JSON', { response_format: { type: 'json_object' } }, { response_format: { type: 'json_object' } }, []],
    [
      'a schema',
      { response_format: { type: 'json_object', json_schema: { type: 'object' } } },
      { response_format: { type: 'json_schema', json_schema: { name: 'answer', schema: { type: 'object' } } } },
      [],
    ],
    ['text', { response_format: { type: 'text' } }, { response_format: { type: 'text' } }, []],
    [
      'the defaults of its own fields',
      { safety_mode: 'CONTEXTUAL', priority: 0, citation_options: { mode: 'OFF' } },
      {},
      [],
    ],
    ['a strict safety mode', { safety_mode: 'STRICT' }, {}, ['safety_mode']],
    ['a priority', { priority: 3 }, {}, ['priority']],
    ['options of citations', { citation_options: { mode: 'FAST' } }, {}, ['citation_options']],
    ['an unknown field', { brand_new: 1 }, {}, ['brand_new']],
  ])('with %s', (_title, more, expected, lost) =>
    expect(sent(more)).toEqual({
      body: { model: 'sim-1b', messages: MESSAGES, ...expected } as object,
      lost,
    }),
  )

  test('has a conversation with calls, thinking, plans and results', () => {
    const messages = [
      { role: 'system', content: [{ type: 'text', text: 'Be brief.' }] },
      {
        role: 'user',
        content: [
          { type: 'text', text: 'Look.' },
          { type: 'image_url', image_url: { url: 'data:image/png;base64,AAAA', detail: 'low' } },
        ],
      },
      {
        role: 'assistant',
        content: [{ type: 'thinking', thinking: 'Hm.' }],
        tool_plan: 'I look.',
        tool_calls: [call('1')],
        citations: [],
      },
      {
        role: 'tool',
        tool_call_id: '1',
        content: [document('one'), { type: 'text', text: 'two' }, document({ n: 3 }, 'doc-3')],
      },
      { role: 'assistant', content: [{ type: 'text', text: 'Seen.' }], citations: [{ start: 0, end: 4 }] },
      { role: 'user', content: 'Thanks.' },
    ]
    expect(sent({ messages })).toEqual({
      body: {
        model: 'sim-1b',
        messages: [
          { role: 'system', content: 'Be brief.' },
          messages[1],
          { role: 'assistant', content: 'I look.', tool_calls: [call('1')] },
          { role: 'tool', tool_call_id: '1', content: 'one\n\ntwo\n\nDocument doc-3:\n{"n":3}' },
          { role: 'assistant', content: 'Seen.' },
          messages[5],
        ],
      } as object,
      lost: ['messages[4].citations', 'messages[2].reasoning'],
    })
  })
})

describe('documents of a request are text before the last message of the user', () => {
  const documents = ['The sea is calm.', { id: 'doc-1', data: { title: 'Sea' } }, { data: 'The wind.' }]
  const texts = ['Document 0:\nThe sea is calm.', 'Document doc-1:\n{"title":"Sea"}', 'Document 2:\nThe wind.']
  const asText = texts.map((text) => ({ type: 'text', text }))

  test('for a format with parts', () =>
    expect(sent({ documents })).toEqual({
      body: {
        model: 'sim-1b',
        messages: [{ role: 'user', content: [...asText, { type: 'text', text: 'Hi.' }] }],
      } as object,
      lost: ['documents'],
    }))

  test('for a format with texts', () =>
    expect(sent({ documents }, 'ollama').body).toMatchObject({
      messages: [{ role: 'user', content: [...texts, 'Hi.'].join('\n\n') }],
    }))

  test('before results of tools that follow it', () => {
    const { body } = sent({ documents, messages: results(document('x')), tools: [tool] })
    expect(body).toMatchObject({
      messages: [{ content: [...asText, { text: 'Hi.' }] }, { role: 'assistant' }, { role: 'tool' }],
    })
  })

  test('and errors still name the fields of the client', () => {
    const messages = [
      {
        role: 'user',
        content: [
          { type: 'text', text: 'a' },
          { type: 'sound', sound: 'x' },
        ],
      },
    ]
    expect(() => sent({ documents, messages })).toThrow('messages[0].content[1]: ')
  })

  test('if there is no such message, they are one', () =>
    expect(sent({ documents, messages: [{ role: 'system', content: 'Sum up.' }] }).body).toMatchObject({
      messages: [{ role: 'system' }, { role: 'user', content: asText }],
    }))
})

const events = (list: readonly ChatEvent[]): readonly object[] => {
  const encoder = cohere.createEncoder(answerFacts('cohere'), new Losses())
  const text = list.map((event) => encoder.push(event)).join('') + encoder.end()
  return text
    .split('\n')
    .filter((line) => line.startsWith('data: {'))
    .map((line) => JSON.parse(line.slice('data: '.length)) as object)
}
const whole = (parts: ChatResponse['choices'][0]['parts'], more: object = {}) => {
  const losses = new Losses()
  const choices = [{ parts, finish: { reason: 'stop' as const }, ...more }]
  const body = cohere.encodeResponse({ format: 'openai-chat', choices }, answerFacts('cohere'), losses)
  return { body: body as object, lost: losses.list.map(({ field }) => field) }
}
const place = { choice: 0, index: 0 } as const
const opened: ChatEvent[] = [
  { type: 'start', format: 'openai-chat' },
  { type: 'part-start', ...place, part: { type: 'text' } },
]
const finish: ChatEvent = { type: 'finish', choice: 0, finish: { reason: 'stop' } }

describe('citations of other models', () => {
  const native = { format: 'openai-chat', value: {} }
  const page = { url: 'https://a.example', title: 'A', quote: 'all of it', native }
  const document = { url: 'https://a.example', title: 'A', snippet: 'all of it' }
  const source = { type: 'document', id: 'https://a.example', document }
  const ofAll = { start: 0, end: 6, text: 'It is.', sources: [source], content_index: 0, type: 'TEXT_CONTENT' }
  const ofRange = { ...ofAll, start: 3, end: 5, text: 'is' }
  const citations = [{ ...page, start: 3, end: 5 }, page]
  const cite = (
    citation: TextPart['citations'] extends readonly (infer One)[] | undefined ? One : never,
  ): ChatEvent => ({
    type: 'part-citation',
    ...place,
    citation,
  })

  test('whole', () =>
    expect(whole([{ type: 'text', text: 'It is.', citations }]).body).toMatchObject({
      message: { content: [{ type: 'text', text: 'It is.' }], citations: [ofRange, ofAll] },
    }))

  test('streamed: one without a range is sent when its text has ended', () =>
    expect(
      events([
        ...opened,
        { type: 'part-delta', ...place, text: 'It is' },
        cite(page),
        cite(citations[0]!),
        { type: 'part-delta', ...place, text: '.' },
        { type: 'part-end', ...place },
        finish,
      ]).slice(2, -1),
    ).toEqual([
      { type: 'content-delta', index: 0, delta: { message: { content: { text: 'It is' } } } },
      { type: 'citation-start', index: 0, delta: { message: { citations: ofRange } } },
      { type: 'citation-end', index: 0 },
      { type: 'content-delta', index: 0, delta: { message: { content: { text: '.' } } } },
      { type: 'citation-start', index: 1, delta: { message: { citations: ofAll } } },
      { type: 'citation-end', index: 1 },
      { type: 'content-end', index: 0 },
    ]))

  test('name the text that they belong to', () => {
    const { body } = whole([
      { type: 'text', text: 'No.' },
      { type: 'text', text: 'It is.', citations: [page] },
    ])
    const decoded = cohere.decodeResponse(body)
    expect(decoded.choices[0]!.parts.map((part) => 'citations' in part && part.citations?.length)).toEqual([false, 1])
  })
})

describe('probabilities of tokens', () => {
  const tokens = [
    { token: 'It', logprob: -0.5, tokenId: 7, top: [] },
    { token: ' is', logprob: -0.25, tokenId: 8, top: [] },
  ]
  const unknown = tokens.map(({ token, logprob, top }) => ({ token, logprob, top }))

  test('whole', () =>
    expect(whole([{ type: 'text', text: 'It is' }], { logprobs: tokens })).toMatchObject({
      body: {
        logprobs: [
          { text: 'It', token_ids: [7], logprobs: [-0.5] },
          { text: ' is', token_ids: [8], logprobs: [-0.25] },
        ],
      },
      lost: [],
    }))

  test('without the ids of tokens, with a warning', () =>
    expect(whole([{ type: 'text', text: 'It is' }], { logprobs: unknown })).toMatchObject({
      body: {
        logprobs: [
          { text: 'It', token_ids: [], logprobs: [-0.5] },
          { text: ' is', token_ids: [] },
        ],
      },
      lost: ['logprobs.token_ids'],
    }))

  test('streamed, with the text', () =>
    expect(
      events([...opened, { type: 'logprobs', choice: 0, tokens }, { type: 'part-end', ...place }, finish])[2],
    ).toEqual({
      type: 'content-delta',
      index: 0,
      delta: { message: { content: { text: '' } } },
      logprobs: { text: 'It is', token_ids: [7, 8], logprobs: [-0.5, -0.25] },
    }))
})

test('a call without arguments has the arguments {}', () => {
  const part = { type: 'tool-call', id: '1', name: 'ping' } as const
  expect(
    events([opened[0]!, { type: 'part-start', ...place, part }, { type: 'part-end', ...place }, finish]).slice(2),
  ).toEqual([
    { type: 'tool-call-delta', index: 0, delta: { message: { tool_calls: { function: { arguments: '{}' } } } } },
    { type: 'tool-call-end', index: 0 },
    { type: 'message-end', delta: { finish_reason: 'TOOL_CALL' } },
  ])
})

describe('what a client misses of a response is named', () => {
  test.each<[string, Parameters<typeof whole>[0], object, string[]]>([
    [
      'a signature',
      [{ type: 'reasoning', text: 'Hm.', seal: { origin: 'anthropic', signature: 'S' } }],
      {},
      ['signature'],
    ],
    ['an image', [{ type: 'media', kind: 'image', source: { type: 'base64', data: 'AAAA' } }], {}, ['content']],
    [
      'why the model declined',
      [{ type: 'text', text: '' }],
      { finish: { reason: 'refusal', details: { explanation: 'No.' } } },
      ['refusal'],
    ],
    [
      'a field of another format',
      [{ type: 'text', text: 'Hi.', extra: { a: 1 } }],
      { extra: { brand_new: 1 } },
      ['brand_new'],
    ],
  ])('%s', (_title, parts, more, lost) => {
    const answer = whole(parts, more)
    expect(answer.lost).toEqual(lost)
    expect(JSON.stringify(answer.body)).not.toContain('"a":1')
  })
})

test('a text that looks like the end of a stream is escaped, because the library for JavaScript searches for it', () => {
  const encoder = cohere.createEncoder(answerFacts('cohere'), new Losses())
  const list: ChatEvent[] = [...opened, { type: 'part-delta', ...place, text: 'data: [DONE] and more' }, finish]
  const text = list.map((event) => encoder.push(event)).join('')
  expect(text).not.toContain('[DONE]')
  expect(text).toContain('\\u005bDONE] and more')
})
