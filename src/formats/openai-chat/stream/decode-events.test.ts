import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import type { ChatEvent } from '../../../chat/event.ts'
import { fold } from '../../../chat/fold.ts'
import type { ResponsePart } from '../../../chat/response.ts'
import { asGatewayError } from '../../../errors.ts'
import { createDecoder } from './decode-events.ts'
import { runs } from '../../../../test/runs.ts'
import type { JsonObject } from '../../../codecs/json/object.ts'

const chunk = (choice: JsonObject | undefined, more: JsonObject = {}) => ({
  id: 'chatcmpl-1',
  object: 'chat.completion.chunk',
  created: 5,
  model: 'm',
  choices: choice ? [{ index: 0, finish_reason: null, ...choice }] : [],
  ...more,
})
const delta = (fields: JsonObject) => chunk({ delta: fields })
const calls = (...tool_calls: JsonObject[]) => delta({ tool_calls })
const end = (finish_reason: unknown = 'stop', more: JsonObject = {}) => chunk({ delta: {}, finish_reason }, more)
const DONE = '[DONE]'

function decode(...chunks: (JsonObject | string)[]): ChatEvent[] {
  const decoder = createDecoder()
  const events: ChatEvent[] = []
  for (const data of chunks)
    events.push(...decoder.push({ name: undefined, data: typeof data === 'string' ? data : JSON.stringify(data) }))
  return events.concat(decoder.end())
}

const answer = (...chunks: (JsonObject | string)[]) => fold(decode(...chunks), 'openai-chat')
const partsOf = (...chunks: (JsonObject | string)[]) => answer(...chunks).choices[0]!.parts

const text = (content: string): ResponsePart => ({ type: 'text', text: content })
const thought = (content: string, more: object = {}): ResponsePart => ({ type: 'reasoning', text: content, ...more })
const call = (id: string, name: string, given: string): ResponsePart => ({
  type: 'tool-call',
  id,
  name,
  arguments: given,
})

describe('deltas are decoded to parts:', () => {
  test.each<[string, (JsonObject | string)[], ResponsePart[]]>([
    [
      'text',
      [delta({ role: 'assistant', content: '' }), delta({ content: 'Hel' }), delta({ content: 'lo' }), end()],
      [text('Hello')],
    ],
    [
      'reasoning_content',
      [delta({ reasoning_content: 'Hm' }), delta({ content: 'Hi' }), end()],
      [thought('Hm'), text('Hi')],
    ],
    [
      'reasoning',
      [delta({ reasoning: 'H' }), delta({ reasoning: 'm' }), delta({ content: 'Hi' }), end()],
      [thought('Hm'), text('Hi')],
    ],
    ['both reasoning fields at once', [delta({ reasoning: 'Hm', reasoning_content: 'Hm' }), end()], [thought('Hm')]],
    [
      'reasoning details and plain text that repeats them',
      [
        delta({
          reasoning: 'H',
          reasoning_details: [{ type: 'reasoning.text', text: 'H', index: 0, format: 'unknown' }],
        }),
        delta({
          reasoning: 'm',
          reasoning_details: [{ type: 'reasoning.text', text: 'm', index: 0, format: 'unknown' }],
        }),
        end(),
      ],
      [thought('Hm')],
    ],
    [
      'a signature after its text',
      [
        delta({ reasoning: 'Hm', reasoning_details: [{ type: 'reasoning.text', text: 'Hm', index: 0 }] }),
        delta({
          reasoning_details: [{ type: 'reasoning.text', signature: 'sig', index: 0, format: 'anthropic-claude-v1' }],
        }),
        delta({ content: 'Hi' }),
        end(),
      ],
      [thought('Hm', { seal: { origin: 'anthropic', signature: 'sig' } }), text('Hi')],
    ],
    [
      'a summary and encrypted reasoning',
      [
        delta({ reasoning_details: [{ type: 'reasoning.summary', summary: 'Sum', index: 0, id: 'rs_1' }] }),
        delta({
          reasoning_details: [{ type: 'reasoning.encrypted', data: 'x', index: 0, format: 'openai-responses-v1' }],
        }),
        end(),
      ],
      [thought('Sum', { isSummary: true, id: 'rs_1', seal: { origin: 'openai-responses', data: 'x' } })],
    ],
    [
      'two pieces of reasoning',
      [
        delta({ reasoning_details: [{ type: 'reasoning.text', text: 'a', index: 0 }] }),
        delta({ reasoning_details: [{ type: 'reasoning.text', text: 'b', index: 1 }] }),
        end(),
      ],
      [thought('a'), thought('b')],
    ],
    [
      "Mistral's lists",
      [
        delta({ content: [{ type: 'thinking', thinking: [{ type: 'text', text: 'Hm' }] }] }),
        delta({ content: [{ type: 'text', text: 'Hi' }] }),
        end(),
      ],
      [thought('Hm'), text('Hi')],
    ],
    ['a refusal', [delta({ refusal: 'No' }), delta({ refusal: '.' }), end()], [{ type: 'refusal', text: 'No.' }]],
    ['text in the chunk that finishes', [chunk({ delta: { content: 'Hi' }, finish_reason: 'stop' })], [text('Hi')]],
    ['a message in place of a delta', [chunk({ message: { content: 'Hi' } }), end()], [text('Hi')]],
    [
      'an image',
      [delta({ images: [{ type: 'image_url', image_url: { url: 'data:image/png;base64,AA' } }] }), end()],
      [{ type: 'media', kind: 'image', source: { type: 'base64', data: 'AA' }, mediaType: 'image/png' }],
    ],
    [
      'audio in pieces',
      [
        delta({ audio: { id: 'a', transcript: 'He' } }),
        delta({ audio: { transcript: 'y', data: 'AA' } }),
        delta({ audio: { data: 'BB', expires_at: 9 } }),
        end(),
      ],
      [
        {
          type: 'media',
          kind: 'audio',
          source: { type: 'base64', data: 'AABB' },
          mediaType: 'audio/wav',
          extra: { id: 'a', transcript: 'Hey', expires_at: 9 },
        },
      ],
    ],
    [
      'a citation',
      [
        delta({ content: 'Hi' }),
        delta({
          annotations: [{ type: 'url_citation', url_citation: { start_index: 0, end_index: 2, url: 'u', title: 't' } }],
        }),
        end(),
      ],
      [
        {
          type: 'text',
          text: 'Hi',
          citations: [
            {
              start: 0,
              end: 2,
              url: 'u',
              title: 't',
              native: {
                format: 'openai-chat',
                value: { type: 'url_citation', url_citation: { start_index: 0, end_index: 2, url: 'u', title: 't' } },
              },
            },
          ],
        },
      ],
    ],
  ])('%s', (_title, chunks, parts) => expect(partsOf(...chunks)).toEqual(parts))
})

const fn = (name: string | undefined, given?: unknown) => ({
  function: { ...(name !== undefined && { name }), ...(given !== undefined && { arguments: given }) },
})

describe('tool deltas are assigned to their calls', () => {
  test.each<[string, (JsonObject | string)[], ResponsePart[]]>([
    [
      'by index, interleaved',
      [
        calls({ index: 0, id: 'a', ...fn('f', '') }),
        calls({ index: 1, id: 'b', ...fn('g', '') }),
        calls({ index: 1, ...fn(undefined, '{"y":') }),
        calls({ index: 0, ...fn(undefined, '{"x":1}') }),
        calls({ index: 1, ...fn(undefined, '2}') }),
      ],
      [call('a', 'f', '{"x":1}'), call('b', 'g', '{"y":2}')],
    ],
    [
      'without an index: a new id is a new call, no id is the last call',
      [
        calls({ id: 'a', ...fn('f', '') }),
        calls(fn(undefined, '{"x":1}')),
        calls({ id: 'b', ...fn('g', '{') }),
        calls(fn(undefined, '}')),
      ],
      [call('a', 'f', '{"x":1}'), call('b', 'g', '{}')],
    ],
    [
      'without index and id: a name is a new call, with a generated id',
      [calls(fn('f', '{"x":1}')), calls(fn('g', '{}'))],
      [call('call_chatcmpl1_0_0', 'f', '{"x":1}'), call('call_chatcmpl1_0_1', 'g', '{}')],
    ],
    [
      'with empty ids and names in later deltas',
      [calls({ index: 0, id: 'a', ...fn('f', '') }), calls({ index: 0, id: '', ...fn('', '{"x":1}') })],
      [call('a', 'f', '{"x":1}')],
    ],
    [
      'all with the index 0 and different ids',
      [calls({ index: 0, id: 'a', ...fn('f', '{}') }), calls({ index: 0, id: 'b', ...fn('g', '{}') })],
      [call('a', 'f', '{}'), call('b', 'g', '{}')],
    ],
    [
      'all with the index 0 and no ids, but complete',
      [calls({ index: 0, ...fn('f', '{"x":1}') }), calls({ index: 0, ...fn('g', '{"y":2}') })],
      [call('call_chatcmpl1_0_0', 'f', '{"x":1}'), call('call_chatcmpl1_0_1', 'g', '{"y":2}')],
    ],
    [
      'with one id for two calls',
      [calls({ index: 0, id: 'a', ...fn('f', '{}') }, { index: 1, id: 'a', ...fn('g', '{}') })],
      [call('a', 'f', '{}'), call('call_chatcmpl1_0_1', 'g', '{}')],
    ],
    [
      'with the id in every delta',
      [calls({ index: 0, id: 'a', ...fn('f', '{"x":') }), calls({ index: 0, id: 'a', ...fn(undefined, '1}') })],
      [call('a', 'f', '{"x":1}')],
    ],
    [
      'with the name in every delta',
      [calls({ index: 0, id: 'a', ...fn('f', '{"x":') }), calls({ index: 0, ...fn('f', '1}') })],
      [call('a', 'f', '{"x":1}')],
    ],
    [
      'with the name repeated at the end',
      [calls({ index: 0, id: 'a', ...fn('f', '{}') }), calls({ index: 0, ...fn('f', '') })],
      [call('a', 'f', '{}')],
    ],
    [
      'with the name after the id',
      [calls({ index: 0, id: 'a' }), calls({ index: 0, ...fn(undefined, '{}') }), calls({ index: 0, ...fn('f') })],
      [call('a', 'f', '{}')],
    ],
    [
      'with arguments that are an object',
      [calls({ index: 0, id: 'a', ...fn('f', { x: 1 }) })],
      [call('a', 'f', '{"x":1}')],
    ],
    ['with arguments that are null', [calls({ index: 0, id: 'a', ...fn('f', null) })], [call('a', 'f', '{}')]],
    [
      'with empty argument deltas',
      [calls({ index: 0, id: 'a', ...fn('f', '') }), calls({ index: 0, ...fn(undefined, '') })],
      [call('a', 'f', '{}')],
    ],
    [
      'as the deprecated function_call',
      [delta({ function_call: { name: 'f', arguments: '{"x"' } }), delta({ function_call: { arguments: ':1}' } })],
      [call('call_chatcmpl1_0_0', 'f', '{"x":1}')],
    ],
    [
      'after text in the same delta',
      [delta({ content: 'Hi', tool_calls: [{ index: 0, id: 'a', ...fn('f', '{}') }] })],
      [text('Hi'), call('a', 'f', '{}')],
    ],
    [
      "with Google's seal",
      [
        delta({ content: 'Hi' }),
        calls({ index: 0, id: 'a', ...fn('f', '{}'), extra_content: { google: { thought_signature: 's' } } }),
      ],
      [text('Hi'), { ...call('a', 'f', '{}'), seal: { origin: 'gemini', signature: 's' } } as ResponsePart],
    ],
    [
      'of a custom tool',
      [
        calls({ index: 0, id: 'a', type: 'custom', custom: { name: 'sh', input: '' } }),
        calls({ index: 0, custom: { input: 'ls' } }),
      ],
      [
        {
          type: 'native',
          format: 'openai-chat',
          kind: 'custom',
          value: { id: 'a', type: 'custom', custom: { name: 'sh', input: 'ls' } },
        },
      ],
    ],
  ])('%s', (_title, chunks, parts) => expect(partsOf(...chunks, end('tool_calls'), DONE)).toEqual(parts))

  test('the seal of a call comes before its arguments', () => {
    const signed = { index: 0, id: 'a', ...fn('f', '{}'), extra_content: { google: { thought_signature: 's' } } }
    const types = decode(calls(signed), end('tool_calls')).map(({ type }) => type)
    expect(types).toEqual(['start', 'part-start', 'part-seal', 'part-delta', 'part-end', 'finish'])
  })
})

describe('a stream ends', () => {
  test.each<[string, (JsonObject | string)[], object]>([
    ['with [DONE]', [delta({ content: 'Hi' }), end(), DONE], { reason: 'stop', native: 'stop' }],
    ['without [DONE]', [delta({ content: 'Hi' }), end()], { reason: 'stop', native: 'stop' }],
    ['with the first of two reasons', [end('length'), end('stop'), DONE], { reason: 'length', native: 'length' }],
    [
      'with the reason of the provider behind it',
      [chunk({ delta: {}, finish_reason: 'stop', native_finish_reason: 'end_turn' })],
      { reason: 'stop', native: 'end_turn' },
    ],
    ['with an unknown reason', [end('surprise')], { reason: 'other', native: 'surprise' }],
    [
      'with an empty reason, if [DONE] follows',
      [chunk({ delta: { content: 'Hi' }, finish_reason: '' }), DONE],
      { reason: 'stop' },
    ],
    [
      'by a stop sequence',
      [chunk({ delta: {}, finish_reason: 'stop', stop_reason: '###' })],
      { reason: 'stop-sequence', native: 'stop', stopSequence: '###' },
    ],
    [
      'by a token',
      [chunk({ delta: {}, finish_reason: 'stop', stop_reason: 151645 })],
      { reason: 'stop', native: 'stop' },
    ],
    [
      'for tools although the reason is stop',
      [calls({ index: 0, id: 'a', ...fn('f', '{}') }), end('stop')],
      { reason: 'tool-calls', native: 'stop' },
    ],
    [
      'for its length although it has calls',
      [calls({ index: 0, id: 'a', ...fn('f', '{"x') }), end('length')],
      { reason: 'length', native: 'length' },
    ],
    ["for Mistral's context", [end('model_length')], { reason: 'context-full', native: 'model_length' }],
  ])('%s', (_title, chunks, finish) => expect(answer(...chunks).choices[0]!.finish as object).toEqual(finish))
})

describe('usage is read', () => {
  const usage = { prompt_tokens: 3, completion_tokens: 4, total_tokens: 7 }
  test.each<[string, (JsonObject | string)[]]>([
    ['from a separate chunk', [end(), chunk(undefined, { usage }), DONE]],
    ['from the chunk with the finish', [end('stop', { usage }), DONE]],
    ['from the chunk with the finish, and again', [end('stop', { usage }), chunk(undefined, { usage }), DONE]],
    ['from Groq’s field', [end('stop', { x_groq: { usage } }), DONE]],
    [
      'from every chunk',
      [
        chunk({ delta: { content: 'a' } }, { usage: { prompt_tokens: 3, completion_tokens: 1 } }),
        end('stop', { usage }),
      ],
    ],
    ['also if null follows', [end('stop', { usage }), chunk(undefined, { usage: null }), DONE]],
  ])('%s', (_title, chunks) => expect(answer(...chunks).usage).toMatchObject({ input: 3, output: 4 }))
})

test('Azure’s first chunk, without id and choices, emits no start, but its fields are kept', () => {
  const filters = [{ prompt_index: 0 }]
  const first = { id: '', object: '', created: 0, model: '', choices: [], prompt_filter_results: filters }
  const [start] = decode(first, delta({ role: 'assistant', content: '' }), end(), DONE)
  expect(start).toEqual({
    type: 'start',
    format: 'openai-chat',
    id: 'chatcmpl-1',
    model: 'm',
    created: 5,
    extra: { prompt_filter_results: filters },
  })
})

test('choices are decoded separately', () => {
  const other = { ...delta({ content: 'b' }), choices: [{ index: 1, delta: { content: 'b' }, finish_reason: 'stop' }] }
  expect(answer(delta({ content: 'a' }), other, end()).choices.map(({ parts }) => parts)).toEqual([
    [text('a')],
    [text('b')],
  ])
})

test('non-empty extra fields of a choice are in its finish', () => {
  const empty = { content_filter_results: {}, weight: null }
  const events = decode(
    chunk({ delta: { content: 'a' }, ...empty }),
    chunk({
      delta: {},
      finish_reason: 'stop',
      matched_stop: 7,
      weight: 7,
      content_filter_results: { hate: { filtered: false } },
    }),
  )
  expect(events.at(-1)).toMatchObject({
    type: 'finish',
    extra: { weight: 7, content_filter_results: { hate: {} } },
  })
  expect(decode(chunk({ delta: {}, finish_reason: 'stop', ...empty })).at(-1)).not.toHaveProperty('extra')
})

describe('an error in a stream is decoded', () => {
  test.each<[string, (JsonObject | string)[], object]>([
    ['as an envelope', [{ error: { message: 'no', type: 't', code: 'c' } }], { message: 'no', type: 't', code: 'c' }],
    [
      'after text',
      [delta({ content: 'Hi' }), { error: { message: 'no', code: 429 } }],
      { message: 'no', kind: 'rate-limit' },
    ],
    ['as older vLLM sends it', [{ object: 'error', message: 'no', code: 400 }], { message: 'no', status: 400 }],
    [
      'beside choices',
      [chunk({ delta: {}, finish_reason: 'error' }, { error: { code: 502, message: 'no' } })],
      { message: 'no', status: 502 },
    ],
    ['as a finish reason', [delta({ content: 'Hi' }), end('error')], { kind: 'no-result' }],
    ['as a detail', [{ detail: 'no' }], { message: 'no' }],
  ])('%s', (_title, chunks, error) => {
    const events = decode(...chunks, delta({ content: 'later' }), DONE)
    expect(events.at(-1)).toMatchObject({ type: 'error', error })
    expect(events.some(({ type }) => type === 'finish')).toBe(false)
  })

  test('from the name of its event', () => {
    const data = JSON.stringify({ message: 'no' })
    expect(createDecoder().push({ name: 'error', data })).toMatchObject([{ type: 'error', error: { message: 'no' } }])
  })
})

describe('an invalid stream is rejected', () => {
  test.each<[string, (JsonObject | string)[], string]>([
    ['nothing', [], 'upstream_cut'],
    ['[DONE] only', [DONE], 'upstream_cut'],
    ['a response that stops', [delta({ content: 'Hi' })], 'upstream_cut'],
    ['[DONE] without content', [delta({ role: 'assistant' }), DONE], 'upstream_cut'],
    ['empty finish reasons without [DONE]', [chunk({ delta: { content: 'Hi' }, finish_reason: '' })], 'upstream_cut'],
    ['one of two choices unfinished', [chunk({ index: 1, delta: { content: 'b' } }), end(), DONE], 'upstream_cut'],
    ['an HTML page', ['<html>'], 'upstream_malformed'],
    ['an incomplete chunk', ['{"choices":[{'], 'upstream_malformed'],
    ['a list', ['[]'], 'upstream_malformed'],
    ['a choice that is not an object', [{ choices: [5] }], 'upstream_malformed'],
    ['a choice with a huge index', [chunk({ index: 1e9, delta: {} })], 'upstream_malformed'],
    ['a choice with a negative index', [chunk({ index: -1, delta: {} })], 'upstream_malformed'],
    [
      'a call that never gets a name',
      [calls({ index: 0, id: 'a', ...fn(undefined, '{}') }), end('tool_calls')],
      'upstream_malformed',
    ],
  ])('%s', (_title, chunks, code) => {
    let thrown: unknown
    try {
      decode(...chunks)
    } catch (error) {
      thrown = error
    }
    expect(asGatewayError(thrown).code).toBe(code as never)
  })

  test('unknown events and fields are ignored', () =>
    expect(partsOf({ type: 'ping' }, delta({ content: 'Hi', mood: 'x' }), { ...end(), novelty: 1 }, DONE)).toEqual([
      text('Hi'),
    ]))

  test('any chunks are decoded or rejected', () => {
    const field = fc.constantFrom(
      'choices',
      'delta',
      'index',
      'tool_calls',
      'function',
      'content',
      'finish_reason',
      'usage',
      'reasoning_details',
    )
    const value = fc.letrec((tie) => ({
      any: fc.oneof(
        { maxDepth: 6 },
        fc.jsonValue({ maxDepth: 0 }),
        fc.array(tie('any'), { maxLength: 2 }),
        fc.dictionary(field, tie('any'), { maxKeys: 4 }),
      ),
    })).any
    fc.assert(
      fc.property(fc.array(fc.dictionary(field, value), { maxLength: 4 }), (chunks) => {
        try {
          decode(...(chunks as JsonObject[]), end())
        } catch (thrown) {
          expect(asGatewayError(thrown).code).toStartWith('upstream_')
        }
      }),
      runs(),
    )
  })
})
