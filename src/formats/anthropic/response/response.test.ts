import { describe, expect, test } from 'bun:test'
import type { ResponsePart, ChatResponse } from '../../../chat/response.ts'
import { asGatewayError } from '../../../errors.ts'
import type { ResponseFacts } from '../../format.ts'
import { Losses } from '../../translation/losses.ts'
import { decodeRequest } from '../request/decode-request.ts'
import { decodeResponse } from './decode-response.ts'
import { encodeResponse } from './encode-response.ts'

const FACTS: ResponseFacts = {
  request: decodeRequest({ model: 'requested', messages: [] }, { model: undefined, stream: false }),
  id: 'abc',
  created: 1,
  model: undefined,
}

function encode(parts: ResponsePart[], fields: Partial<ChatResponse> = {}, reason: 'stop' | 'length' = 'stop') {
  const losses = new Losses()
  const response: ChatResponse = {
    format: 'openai-chat',
    id: 'chatcmpl-1',
    choices: [{ parts, finish: { reason } }],
    ...fields,
  }
  const body = JSON.parse(JSON.stringify(encodeResponse(response, FACTS, losses))) as Record<string, unknown>
  return { body, losses: losses.list.map(({ field }) => field) }
}

test('a response has every key, and an id of this format', () =>
  expect(encode([{ type: 'text', text: 'hi' }], { model: 'gpt', usage: { input: 3, output: 1 } })).toEqual({
    body: {
      id: 'msg_abc',
      type: 'message',
      role: 'assistant',
      model: 'gpt',
      content: [{ type: 'text', text: 'hi' }],
      stop_reason: 'end_turn',
      stop_sequence: null,
      stop_details: null,
      usage: { input_tokens: 3, cache_creation_input_tokens: 0, cache_read_input_tokens: 0, output_tokens: 1 },
    },
    losses: [],
  }))

const call = (args: string): ResponsePart => ({ type: 'tool-call', id: 'c', name: 'f', arguments: args })

describe('parts become blocks', () => {
  test.each<[string, ResponsePart[], object[], string, string[]]>([
    [
      'a call',
      [call('{"b":1,"a":2}')],
      [{ type: 'tool_use', id: 'c', name: 'f', input: { b: 1, a: 2 } }],
      'tool_use',
      [],
    ],
    [
      'an empty text next to a call is left out',
      [{ type: 'text', text: '' }, call('{}')],
      [{ type: 'tool_use', id: 'c', name: 'f', input: {} }],
      'tool_use',
      [],
    ],
    ['a refusal', [{ type: 'refusal', text: 'No' }], [{ type: 'text', text: 'No' }], 'refusal', []],
    [
      'an unsigned thinking block',
      [{ type: 'reasoning', text: 't' }],
      [{ type: 'thinking', thinking: 't', signature: 'sluice.1.none.s.' }],
      'end_turn',
      [],
    ],
    [
      'hidden reasoning of another provider',
      [{ type: 'reasoning', text: '', seal: { origin: 'openai-responses', data: 'd' } }],
      [{ type: 'redacted_thinking', data: 'sluice.1.openai-responses.d.d' }],
      'end_turn',
      [],
    ],
    [
      'a summary of hidden reasoning',
      [{ type: 'reasoning', text: 's', isSummary: true, seal: { origin: 'openai-responses', data: 'd' } }],
      [{ type: 'thinking', thinking: 's', signature: 'sluice.1.openai-responses.d.d' }],
      'end_turn',
      [],
    ],
    [
      'a sealed call, with its seal before it',
      [{ ...call('{}'), seal: { origin: 'gemini', signature: 's' } } as ResponsePart],
      [
        { type: 'thinking', thinking: '', signature: 'sluice.1.gemini.s.s' },
        { type: 'tool_use', id: 'c', name: 'f', input: {} },
      ],
      'tool_use',
      [],
    ],
    ['an image', [{ type: 'media', kind: 'image', source: { type: 'url', url: 'u' } }], [], 'end_turn', ['content[0]']],
    [
      "another's hosted tool",
      [{ type: 'native', format: 'gemini', kind: 'x', value: {} }],
      [],
      'end_turn',
      ['content[0]'],
    ],
    [
      "another's citation",
      [{ type: 'text', text: 'a', citations: [{ title: 'u', native: { format: 'gemini', value: {} } }] }],
      [{ type: 'text', text: 'a' }],
      'end_turn',
      ['content[0].citations'],
    ],
    [
      'an extra field of another format',
      [{ type: 'text', text: 'a', extra: { x: 1 } }],
      [{ type: 'text', text: 'a' }],
      'end_turn',
      ['content[0].x'],
    ],
  ])('%s', (_title, parts, content, reason, losses) => {
    const { body, losses: noted } = encode(parts)
    expect(body).toMatchObject({ content, stop_reason: reason })
    expect(body['content']).toHaveLength(content.length)
    expect(noted).toEqual(losses)
  })
})

test('large integers in arguments stay exact', () => {
  const losses = new Losses()
  const response: ChatResponse = {
    format: 'x',
    choices: [{ parts: [call('{"a":12345678901234567890}')], finish: { reason: 'stop' } }],
  }
  expect(JSON.stringify(encodeResponse(response, FACTS, losses))).toContain('"input":{"a":12345678901234567890}')
})

test('an incomplete call at the end of a truncated response is left out and reported', () => {
  const { body, losses } = encode([{ type: 'text', text: 'a' }, call('{"a":')], {}, 'length')
  expect(body).toMatchObject({ content: [{ type: 'text' }], stop_reason: 'max_tokens' })
  expect(losses).toEqual(['content[1]'])
})

test.each(['{"a":', '[1]', '5'])('a call with the arguments %s is rejected', (args) =>
  expect(() => encode([call(args)])).toThrow('with arguments that are not a JSON object'),
)

test('extra fields of the response are noted as losses', () => {
  const choice = {
    parts: [],
    finish: { reason: 'stop' as const, details: {} },
    logprobs: [],
    extra: { other: { a: 1 } },
  }
  expect(
    encode([], {
      extra: { own_field: 'f' },
      usage: { input: 1, output: 1, extra: { cost: 1 } },
      choices: [choice, choice],
    }).losses,
  ).toEqual(['choices', 'own_field', 'other', 'logprobs', 'stop_details'])
})

describe('an invalid response:', () => {
  test.each<[string, unknown, string]>([
    ['a text', 'hello', 'upstream_malformed'],
    ['nothing', null, 'upstream_malformed'],
    ['an empty object', {}, 'upstream_malformed'],
    ['content that is a text', { content: 'hi' }, 'upstream_malformed'],
    ['a block without a type', { content: [{}] }, 'upstream_malformed'],
    ['a call without an id', { content: [{ type: 'tool_use', name: 'f', input: {} }] }, 'upstream_malformed'],
    ['usage that is a number', { content: [], usage: 5 }, 'upstream_malformed'],
    [
      'an old completion',
      { type: 'completion', completion: ' Paris.', stop_reason: 'stop_sequence' },
      'upstream_malformed',
    ],
    [
      'an error instead of a message',
      { type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' } },
      'upstream_failed',
    ],
  ])('%s', (_title, body, code) => {
    try {
      decodeResponse(body)
      throw new Error('was read')
    } catch (thrown) {
      expect(asGatewayError(thrown).code).toBe(code as never)
    }
  })

  test('an empty message is valid', () =>
    expect(decodeResponse({ content: [] })).toEqual({
      format: 'anthropic',
      choices: [{ parts: [], finish: { reason: 'other' } }],
    }))
})
