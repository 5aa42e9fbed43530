import { describe, expect, test } from 'bun:test'
import type { ResponsePart, ChatResponse } from '../../../chat/response.ts'
import { asGatewayError } from '../../../errors.ts'
import type { ResponseFacts } from '../../format.ts'
import { Losses } from '../../translation/losses.ts'
import { decodeRequest } from '../request/decode-request.ts'
import { decodeResponse } from './decode-response.ts'
import { encodeResponse } from './encode-response.ts'
import type { JsonObject } from '../../../codecs/json/object.ts'

const answer = (message: unknown, choice: JsonObject = {}) => ({
  id: 'chatcmpl-1',
  created: 5,
  model: 'm',
  choices: [{ index: 0, message, finish_reason: 'stop', ...choice }],
})

describe('an invalid response is rejected', () => {
  test.each<[string, unknown, string, string]>([
    ['nothing', null, 'upstream_malformed', 'it must be an object'],
    ['a list', [], 'upstream_malformed', 'it must be an object'],
    ['an empty object', {}, 'upstream_malformed', 'choices is empty'],
    ['no choices', { choices: [] }, 'upstream_malformed', 'choices is empty'],
    ['choices that are not a list', { choices: {} }, 'upstream_malformed', 'choices must be a list'],
    ['a choice that is not an object', { choices: ['x'] }, 'upstream_malformed', 'choices[0] must be an object'],
    [
      'a choice without message and finish reason',
      { choices: [{ index: 0 }] },
      'upstream_malformed',
      'choices[0].message is missing',
    ],
    ['a message that is not an object', answer('hi'), 'upstream_malformed', 'choices[0].message must be an object'],
    ['content that is a number', answer({ content: 5 }), 'upstream_malformed', 'choices[0].message.content'],
    [
      'a call without a name',
      answer({ tool_calls: [{ id: 'a', function: {} }] }),
      'upstream_malformed',
      'tool_calls[0].function.name is missing',
    ],
    ['an error', { error: { message: 'no' } }, 'upstream_failed', 'no'],
    [
      'an error beside choices',
      { ...answer({ content: '' }), error: { message: 'no', code: 502 } },
      'upstream_failed',
      'no',
    ],
    ['an error of older vLLM', { object: 'error', message: 'no' }, 'upstream_failed', 'no'],
    [
      'a response that ended with an error',
      answer({ content: '' }, { finish_reason: 'error' }),
      'upstream_failed',
      'ended the response with the finish reason',
    ],
  ])('%s', (_title, body, code, message) => {
    let thrown: unknown
    try {
      decodeResponse(body)
    } catch (error) {
      thrown = error
    }
    const error = asGatewayError(thrown)
    expect(error.code).toBe(code as never)
    expect(error.message).toContain(message)
  })
})

describe('a message', () => {
  test.each<[string, unknown, ResponsePart[]]>([
    ['without content', { content: null }, []],
    ['omitted by a filter', undefined, []],
    [
      'of empty fields, as Snowflake writes them',
      {
        content: '4',
        refusal: '',
        tool_calls: null,
        function_call: { name: '', arguments: '' },
        audio: { id: '', data: '' },
      },
      [{ type: 'text', text: '4' }],
    ],
    [
      'with a call that has no id',
      { content: '', tool_calls: [{ function: { name: 'f', arguments: { x: 1 } } }] },
      [{ type: 'tool-call', id: 'call_chatcmpl1_0_0', name: 'f', arguments: '{"x":1}' }],
    ],
    [
      'with the deprecated function_call',
      { function_call: { name: 'f', arguments: '' } },
      [{ type: 'tool-call', id: 'call_chatcmpl1_0_0', name: 'f', arguments: '{}' }],
    ],
    [
      'with details that its text does not repeat',
      { reasoning: 'other', reasoning_details: [{ type: 'reasoning.summary', summary: 'Sum', index: 0 }] },
      [{ type: 'reasoning', text: 'Sum', isSummary: true }],
    ],
    [
      'with text before hidden reasoning',
      { reasoning: 'Hm', reasoning_details: [{ type: 'reasoning.encrypted', data: 'x', index: 0 }] },
      [
        { type: 'reasoning', text: 'Hm' },
        { type: 'reasoning', text: '', seal: { origin: 'openai-chat', data: 'x' } },
      ],
    ],
    [
      'with a reference of Mistral',
      {
        content: [
          { type: 'text', text: 'a' },
          { type: 'reference', reference_ids: [1] },
        ],
      },
      [
        { type: 'text', text: 'a' },
        { type: 'native', format: 'openai-chat', kind: 'reference', value: { type: 'reference', reference_ids: [1] } },
      ],
    ],
    [
      'with audio',
      { content: null, audio: { id: 'a', data: 'AA', transcript: 'Hi', expires_at: 9 } },
      [
        {
          type: 'media',
          kind: 'audio',
          source: { type: 'base64', data: 'AA' },
          mediaType: 'audio/wav',
          extra: { id: 'a', transcript: 'Hi', expires_at: 9 },
        },
      ],
    ],
  ])('%s', (_title, message, parts) => expect(decodeResponse(answer(message)).choices[0]!.parts).toEqual(parts))

  test('generated call ids are short, however long the response id is', () => {
    const [part] = decodeResponse({
      ...answer({ tool_calls: [{ function: { name: 'f' } }] }),
      id: `gen-${'x'.repeat(90)}`,
    }).choices[0]!.parts
    expect((part as { id: string }).id.length).toBeLessThanOrEqual(40)
  })
})

test('choices are in the order of their indices', () => {
  const choice = (index: number) => ({ index, message: { content: `${index}` }, finish_reason: 'stop' })
  const { choices } = decodeResponse({ choices: [choice(2), choice(0), choice(1)] })
  expect(choices.map(({ parts }) => (parts[0] as { text: string }).text)).toEqual(['0', '1', '2'])
})

test('log probabilities are decoded', () => {
  const token = { token: 'a', logprob: -1, bytes: [97], top_logprobs: [{ token: 'b', logprob: -2, bytes: null }] }
  const logprobs = { content: [token], refusal: null }
  const response = decodeResponse(answer({ content: 'a' }, { logprobs }))
  expect(response.choices[0]!.logprobs).toEqual([
    { token: 'a', logprob: -1, bytes: [97], top: [{ token: 'b', logprob: -2, bytes: null }] },
  ])
  expect((encode(response)['choices'] as JsonObject[])[0]!['logprobs']).toEqual(logprobs)
})

const FACTS: ResponseFacts = {
  request: decodeRequest(
    { model: 'asked', messages: [{ role: 'user', content: 'hi' }] },
    { model: undefined, stream: undefined },
  ),
  id: 'abc',
  created: 7,
  model: undefined,
}

function encode(response: ChatResponse, losses = new Losses()): JsonObject {
  return encodeResponse(response, FACTS, losses) as JsonObject
}

describe('a response of another format', () => {
  const foreign = (...parts: ResponsePart[]): ChatResponse => ({
    format: 'anthropic',
    id: 'msg_1',
    choices: [{ parts, finish: { reason: 'stop' } }],
    extra: { container: 'c' },
  })
  const messageOf = (...parts: ResponsePart[]) =>
    (encode(foreign(...parts))['choices'] as { message: JsonObject }[])[0]!.message

  test('has every key that OpenAI’s schema requires', () =>
    expect(encode({ ...foreign({ type: 'text', text: 'Hi' }), usage: { input: 1, output: 2 } })).toEqual({
      id: 'chatcmpl-abc',
      object: 'chat.completion',
      created: 7,
      model: 'asked',
      choices: [
        {
          index: 0,
          message: { role: 'assistant', content: 'Hi', refusal: null },
          logprobs: null,
          finish_reason: 'stop',
        },
      ],
      usage: { prompt_tokens: 1, completion_tokens: 2, total_tokens: 3 },
    }))

  test('loses its own fields, noted by name, and parts that cannot be expressed', () => {
    const losses = new Losses()
    encode(foreign({ type: 'native', format: 'anthropic', kind: 'server_tool_use', value: {} }), losses)
    expect(losses.list.map(({ field }) => field)).toEqual(['container', 'server_tool_use'])
  })

  test.each<[string, ResponsePart[], JsonObject]>([
    [
      'texts are joined',
      [
        { type: 'text', text: 'a' },
        { type: 'text', text: 'b' },
      ],
      { content: 'ab' },
    ],
    [
      'calls without text have null content',
      [{ type: 'tool-call', id: 'a', name: 'f', arguments: '{}' }],
      { content: null, tool_calls: [{ id: 'a', type: 'function', function: { name: 'f', arguments: '{}' } }] },
    ],
    ['a refusal', [{ type: 'refusal', text: 'No' }], { content: null, refusal: 'No' }],
    [
      'reasoning, signed and hidden',
      [
        { type: 'reasoning', text: 'Hm', seal: { origin: 'anthropic', signature: 's' } },
        { type: 'reasoning', text: '', seal: { origin: 'anthropic', data: 'x' } },
      ],
      {
        reasoning_content: 'Hm',
        reasoning_details: [
          { type: 'reasoning.text', text: 'Hm', signature: 's', format: 'anthropic-claude-v1', index: 0 },
          { type: 'reasoning.encrypted', data: 'x', format: 'anthropic-claude-v1', index: 1 },
        ],
      },
    ],
    [
      'reasoning without a seal',
      [{ type: 'reasoning', text: 'Hm', seal: { origin: 'none', signature: '' } }],
      { reasoning_details: [{ type: 'reasoning.text', text: 'Hm', format: 'unknown', index: 0 }] },
    ],
    [
      'speech',
      [{ type: 'media', kind: 'audio', source: { type: 'base64', data: 'AA' } }],
      { audio: { id: 'audio_chatcmpl-abc', data: 'AA', transcript: '', expires_at: 7 } },
    ],
    [
      'a signed text',
      [{ type: 'text', text: 'a', seal: { origin: 'gemini', signature: 's' } }],
      { extra_content: { google: { thought_signature: 's' } } },
    ],
  ])('%s', (_title, parts, message) => expect(messageOf(...parts)).toMatchObject(message))
})
