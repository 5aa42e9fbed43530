// Decoding and encoding of complete responses and of errors.
import { describe, expect, test } from 'bun:test'
import type { ChatResponse, Choice } from '../../../chat/response.ts'
import { type ErrorCode, GatewayError } from '../../../errors.ts'
import type { ResponseFacts } from '../../format.ts'
import { Losses } from '../../translation/losses.ts'
import { decodeError } from './decode-error.ts'
import { decodeRequest } from '../request/decode-request.ts'
import { decodeResponse } from './decode-response.ts'
import { encodeError } from './encode-error.ts'
import { encodeResponse } from './encode-response.ts'

const FACTS: ResponseFacts = {
  request: decodeRequest({ messages: [] }, { model: 'm', stream: false }),
  id: 'abc',
  created: 1,
  model: undefined,
}

const answer = (fields: object, ...content: unknown[]) => ({
  output: { message: { role: 'assistant', content } },
  stopReason: 'end_turn',
  usage: { inputTokens: 5, outputTokens: 2, totalTokens: 7 },
  metrics: { latencyMs: 5 },
  ...fields,
})

describe('the finish reason of a response', () => {
  test.each([
    ['end_turn', 'stop'],
    ['stop_sequence', 'stop-sequence'],
    ['max_tokens', 'length'],
    ['model_context_window_exceeded', 'context-full'],
    ['tool_use', 'tool-calls'],
    ['content_filtered', 'content-filter'],
    ['guardrail_intervened', 'content-filter'],
    ['malformed_tool_use', 'malformed-tool-call'],
    ['malformed_model_output', 'malformed-tool-call'],
    ['refusal', 'other'],
    ['constructor', 'other'],
  ])('%s: %s', (stopReason, reason) =>
    expect(decodeResponse(answer({ stopReason })).choices[0]!.finish).toEqual({ reason, native: stopReason } as never),
  )

  test('is other if absent', () =>
    expect(decodeResponse(answer({ stopReason: null })).choices[0]!.finish).toEqual({ reason: 'other' }))
})

describe('a response has', () => {
  test.each<[string, object, Partial<Choice>]>([
    [
      'a hosted result',
      answer({}, { toolResult: { toolUseId: 'a', content: [] } }),
      {
        parts: [
          {
            type: 'native',
            format: 'bedrock-converse',
            kind: 'toolResult',
            value: { toolResult: { toolUseId: 'a', content: [] } },
          },
        ],
      },
    ],
    [
      'the matched stop sequence',
      answer({ stopReason: 'stop_sequence', additionalModelResponseFields: { stop_sequence: 'x' } }),
      { finish: { reason: 'stop-sequence', native: 'stop_sequence', stopSequence: 'x' } },
    ],
    [
      "other fields of the model's own",
      answer({ additionalModelResponseFields: { stop_sequence: null, other: 1 }, serviceTier: { type: 'flex' } }),
      { extra: { additionalModelResponseFields: { other: 1 }, serviceTier: { type: 'flex' } } },
    ],
    ['no content', answer({}), { parts: [] }],
  ])('%s', (_title, body, choice) => expect(decodeResponse(body).choices[0]).toMatchObject(choice as never))
})

describe('an invalid response:', () => {
  test.each<[string, unknown, string]>([
    ['a list', [], 'it must be an object, not a list'],
    ['an empty object', {}, 'output is missing'],
    ['a message', { message: 'Internal error' }, 'output is missing'],
    ['an empty output', { output: {} }, 'output.message is missing'],
    ['no content', { output: { message: {} } }, 'output.message.content is missing'],
    ['content as strings', answer({}, 'hi'), 'output.message.content[0] must be an object, not a string'],
    ['a call without a name', answer({}, { toolUse: { toolUseId: 'a' } }), 'toolUse.name is missing'],
    ['usage that is a number', answer({ usage: 5 }), 'usage must be an object, not a number'],
  ])('%s', (_title, body, message) => {
    expect(() => decodeResponse(body)).toThrow(message)
    expect(() => decodeResponse(body)).toThrow(expect.objectContaining({ code: 'upstream_malformed' }))
  })
})

function encode(response: Partial<ChatResponse> & { choices: readonly Choice[] }) {
  const losses = new Losses()
  const body = encodeResponse({ format: 'openai-chat', ...response }, FACTS, losses)
  return {
    body: JSON.parse(JSON.stringify(body)) as Record<string, unknown>,
    losses: losses.list.map(({ field }) => field),
  }
}

describe('an answer of another format', () => {
  const call = { type: 'tool-call', id: 'a', name: 'f', arguments: '{"b":1}' } as const

  test('is encoded with its call, its usage and its reason', () =>
    expect(
      encode({
        choices: [{ parts: [{ type: 'text', text: '' }, call], finish: { reason: 'stop' } }],
        usage: { input: 9, cached: 4, cacheWrite: 2, cacheWrite1h: 2, output: 3, reasoning: 1 },
      }),
    ).toEqual({
      body: {
        output: {
          message: { role: 'assistant', content: [{ toolUse: { toolUseId: 'a', name: 'f', input: { b: 1 } } }] },
        },
        stopReason: 'tool_use',
        usage: {
          inputTokens: 3,
          outputTokens: 3,
          totalTokens: 12,
          cacheReadInputTokens: 4,
          cacheWriteInputTokens: 2,
          cacheDetails: [{ ttl: '1h', inputTokens: 2 }],
        },
        metrics: { latencyMs: 0 },
      },
      losses: [],
    }))

  test('loses an incomplete call at its length limit, and reports it', () =>
    expect(
      encode({ choices: [{ parts: [{ ...call, arguments: '{"b' }], finish: { reason: 'length' } }] }),
    ).toMatchObject({
      body: { output: { message: { content: [] } }, stopReason: 'max_tokens' },
      losses: ['content[0]'],
    }))

  test('is rejected if arguments are not an object', () =>
    expect(() => encode({ choices: [{ parts: [{ ...call, arguments: '[]' }], finish: { reason: 'stop' } }] })).toThrow(
      'arguments that are not a JSON object',
    ))

  test('loses unsupported parts and fields, and reports them', () =>
    expect(
      encode({
        extra: { own_field: 'x' },
        choices: [
          {
            parts: [
              { type: 'text', text: 'a', citations: [{ native: { format: 'gemini', value: {} } }], extra: { y: 1 } },
              { type: 'native', format: 'gemini', kind: 'executableCode', value: {} },
              { ...call, seal: { origin: 'gemini', signature: 's' } },
            ],
            finish: { reason: 'pause', native: 'pause_turn' },
            logprobs: [],
          },
          { parts: [], finish: { reason: 'stop' } },
        ],
        usage: { input: 1, output: 1, extra: { cost: 1 } },
      }).losses,
    ).toEqual([
      'choices',
      'content[0].y',
      'content[0].citations',
      'content[1]',
      'content[2]: signature',
      'own_field',
      'logprobs',
      'stopReason',
    ]))
})

const named = (name: string) => new Headers({ 'x-amzn-errortype': name })

describe('an error is decoded by its name', () => {
  test.each<[string, object]>([
    ['ValidationException:http://internal.amazon.com/coral/com.amazon.bedrock/', { kind: 'bad-request', status: 400 }],
    ['AccessDeniedException', { kind: 'permission', status: 403 }],
    ['UnrecognizedClientException', { kind: 'auth', status: 403 }],
    ['InvalidSignatureException', { kind: 'auth', status: 403 }],
    ['ExpiredTokenException', { kind: 'auth', status: 403 }],
    ['ResourceNotFoundException', { kind: 'not-found', status: 404 }],
    ['ModelNotReadyException', { kind: 'rate-limit', status: 429 }],
    ['ThrottlingException', { kind: 'rate-limit', status: 429 }],
    ['ServiceQuotaExceededException', { kind: 'billing', status: 400 }],
    ['ModelTimeoutException', { kind: 'timeout', status: 408 }],
    ['ModelErrorException', { kind: 'internal', status: 424 }],
    ['InternalServerException', { kind: 'internal', status: 500 }],
    ['ServiceUnavailableException', { kind: 'overloaded', status: 503 }],
  ])('%s', (name, error) =>
    expect(decodeError('{"message":"m"}', named(name))).toMatchObject({
      ...error,
      message: 'm',
      type: name.split(':')[0],
      isEnvelope: true,
    }),
  )

  test.each<[string, string, string]>([
    ['too long', 'Input is too long for requested model.', 'context-length'],
    ['too many tokens', 'Input Tokens Exceeded: 200001 > 200000', 'context-length'],
    ['an unknown field', 'Malformed input request: extraneous key [foo] is not permitted', 'unsupported-parameter'],
    ['a content filter', 'Output blocked by content filtering policy', 'content-policy'],
  ])('a kind that only the message tells apart: %s', (_title, message, kind) =>
    expect(decodeError(JSON.stringify({ message }), named('ValidationException'))).toMatchObject({ kind }),
  )

  test('a name in the body', () =>
    expect(decodeError('{"__type":"com.amazon.coral.service#ExpiredTokenException","Message":"m"}')).toMatchObject({
      type: 'ExpiredTokenException',
      kind: 'auth',
      message: 'm',
    }))

  test.each<[string, string]>([
    ['HTML', '<html>Bad gateway</html>'],
    ['an empty body', ''],
    ['a list', '[]'],
    ['another object', '{"a":1}'],
    ['a text', '"no"'],
  ])('%s is not an error body', (_title, body) => expect(decodeError(body)).toBeUndefined())
})

describe('an error is encoded with the name for its status', () => {
  test.each<[ErrorCode, number, string]>([
    ['invalid_request', 400, 'ValidationException'],
    ['invalid_api_key', 403, 'UnrecognizedClientException'],
    ['model_not_found', 404, 'ResourceNotFoundException'],
    ['request_too_large', 400, 'ValidationException'],
    ['overloaded', 429, 'ThrottlingException'],
    ['internal', 500, 'InternalServerException'],
    ['upstream_failed', 424, 'ModelErrorException'],
    ['upstream_overloaded', 503, 'ServiceUnavailableException'],
    ['upstream_timeout', 408, 'ModelTimeoutException'],
  ])('%s: %i %s', (code, status, name) => {
    const { status: sent, body } = encodeError(new GatewayError(code, 'Why.'), 'req')
    expect(sent).toBe(status)
    expect(JSON.parse(body)).toEqual({ __type: name, message: 'Why.' })
    expect(decodeError(body)).toMatchObject({ type: name, message: 'Why.', status })
  })

  test("what a server does not implement has a name that AWS's libraries do not retry", () =>
    expect(encodeError(new GatewayError('upstream_failed', 'Why.', { status: 501 }), 'r')).toMatchObject({
      status: 424,
      headers: { 'x-amzn-errortype': 'ModelErrorException' },
    }))

  test('a prompt that is too long has the message that clients recognize', () =>
    expect(encodeError(new GatewayError('context_length_exceeded', '9 > 8'), 'r').body).toContain(
      'Input is too long for requested model: 9 > 8',
    ))

  test("an upstream's own error is forwarded unchanged", () => {
    const body = new Uint8Array(Buffer.from('{"message":"own"}'))
    expect(encodeError(new GatewayError('upstream_rejected', 'x', { upstream: { body } }), 'r').body).toBe(
      '{"message":"own"}',
    )
  })
})
