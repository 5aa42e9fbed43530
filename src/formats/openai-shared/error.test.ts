import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import type { UpstreamErrorKind } from '../../errors.ts'
import { GatewayError } from '../../errors.ts'
import { encodeError } from '../openai-passthrough/encode-error.ts'
import { parseRetryDelayMs } from './error-kind.ts'
import { decodeError } from './decode-error.ts'
import { encodeErrorEvent } from './encode-error.ts'
import { runs } from '../../../test/runs.ts'

const NO_MESSAGE = 'The upstream gave no message.'

describe('errors of all servers are decoded', () => {
  test.each<[string, string, object]>([
    [
      'OpenAI',
      '{"error":{"message":"no such model","type":"invalid_request_error","param":"model","code":"model_not_found"}}',
      {
        message: 'no such model',
        type: 'invalid_request_error',
        param: 'model',
        code: 'model_not_found',
        kind: 'not-found',
        isEnvelope: true,
      },
    ],
    [
      'OpenAI with nulls',
      '{"error":{"message":"no","type":"t","param":null,"code":null}}',
      { message: 'no', type: 't', isEnvelope: true },
    ],
    [
      'vLLM',
      '{"error":{"message":"too long","type":"BadRequestError","code":400}}',
      { message: 'too long', type: 'BadRequestError', code: '400', status: 400, kind: 'bad-request', isEnvelope: true },
    ],
    [
      'older vLLM',
      '{"object":"error","message":"no","type":"NotFoundError","param":null,"code":404}',
      { message: 'no', type: 'NotFoundError', code: '404', status: 404, kind: 'not-found', isEnvelope: false },
    ],
    ['xAI', '{"code":"invalid-argument","error":"no"}', { message: 'no', code: 'invalid-argument', isEnvelope: false }],
    ['FastAPI', '{"detail":"Not Found"}', { message: 'Not Found', isEnvelope: false }],
    [
      'Mistral',
      '{"detail":[{"loc":["body","n"],"msg":"bad"}]}',
      { message: '[{"loc":["body","n"],"msg":"bad"}]', isEnvelope: false },
    ],
    [
      'a message only',
      '{"message":"no","status_code":503}',
      { message: 'no', status: 503, kind: 'overloaded', isEnvelope: false },
    ],
    [
      'Gemini',
      '[{"error":{"code":429,"message":"quota","status":"RESOURCE_EXHAUSTED"}}]',
      { message: 'quota', code: '429', status: 429, kind: 'rate-limit', isEnvelope: false },
    ],
    ['no message', '{"error":{"code":"x"}}', { message: NO_MESSAGE, code: 'x', isEnvelope: false }],
    ['an empty message', '{"error":{"message":""}}', { message: NO_MESSAGE, isEnvelope: true }],
    [
      'a code that is not a status',
      '{"error":{"message":"no","code":429.5}}',
      { message: 'no', code: '429.5', isEnvelope: true },
    ],
    [
      'a code out of range',
      '{"error":{"message":"no","code":1000}}',
      { message: 'no', code: '1000', isEnvelope: true },
    ],
  ])('%s', (_title, body, expected) => expect(decodeError(body)).toStrictEqual(expected as never))

  test('a code that is an object without a text is ignored', () =>
    expect(decodeError('{"error":{"message":"x","code":{"toString":false}}}')).toMatchObject({ message: 'x' }))

  test.each(['', '<html>', 'null', '5', '"no"', '[]', '{}', '{"error":5}', '{"error":null}'])(
    '%p is not an error body',
    (body) => expect(decodeError(body)).toBeUndefined(),
  )

  test('any JSON is decoded or ignored, and the status is valid in HTTP', () => {
    const field = fc.constantFrom('error', 'message', 'code', 'status', 'detail', 'type', 'object')
    const shape = fc.dictionary(
      field,
      fc.oneof(fc.jsonValue(), fc.dictionary(field, fc.oneof(fc.double(), fc.jsonValue()))),
    )
    fc.assert(
      fc.property(shape, (body) => {
        const error = decodeError(JSON.stringify(body))
        if (error?.status !== undefined) expect(new Response('', { status: error.status }).status).toBe(error.status)
      }),
      runs(),
    )
  })
})

describe('the kind of an error is recognized from', () => {
  test.each<[string, object, UpstreamErrorKind | undefined]>([
    ['a code', { code: 'context_length_exceeded', message: 'x', type: 'invalid_request_error' }, 'context-length'],
    [
      'a message beside a generic code',
      { code: 400, type: 'BadRequestError', message: "This model's maximum context length is 9 tokens" },
      'context-length',
    ],
    ['a parameter', { code: 'unsupported_parameter', message: 'x' }, 'unsupported-parameter'],
    ['Azure’s filter', { code: 'content_filter', message: 'x', status: 400 }, 'content-policy'],
    ['a wrong key', { code: 'invalid_api_key', message: 'x' }, 'auth'],
    ['a wrong key as reported by xAI', { code: 'invalid-argument', message: 'Incorrect API key provided: x' }, 'auth'],
    ['Azure’s 401', { code: '401', message: 'Access denied' }, 'auth'],
    ['no credit', { code: 'insufficient_quota', type: 'insufficient_quota', message: 'x' }, 'billing'],
    ['no credit as reported by DeepSeek', { message: 'Insufficient Balance', type: 'unknown_error' }, 'billing'],
    ['an unknown model', { code: 'model_not_found', message: 'x' }, 'not-found'],
    ['too many requests', { code: 'rate_limit_exceeded', type: 'tokens', message: 'x' }, 'rate-limit'],
    ['too many requests as reported by Azure', { code: 'RateLimitReached', message: 'x' }, 'rate-limit'],
    ['OpenRouter’s numeric code', { code: 502, message: 'x' }, 'internal'],
    ['a type', { type: 'overloaded_error', message: 'x' }, 'overloaded'],
    ['unknown values: none', { type: 'mystery', message: 'x' }, undefined],
  ])('%s', (_title, error, kind) => expect(decodeError(JSON.stringify({ error }))?.kind).toBe(kind as never))

  test('OpenRouter’s message is followed by that of the provider behind it', () => {
    const raw = JSON.stringify({ error: { message: 'too hot' } })
    const error = { message: 'Provider returned error', code: 400, metadata: { provider_name: 'X', raw } }
    expect(decodeError(JSON.stringify({ error }))?.message).toBe('Provider returned error: too hot')
  })

  test.each([
    ['Please try again in 20s.', 20_000],
    ['Please try again in 6m0s.', 360_000],
    ['Please try again in 7.66s.', 7660],
    ['please try again in 120ms', 120],
    ['try again in 1h2m3s', 3_723_000],
    ['try again in a while', undefined],
    ['try again later', undefined],
  ])('%p is a retry delay of %p ms', (message, ms) => expect(parseRetryDelayMs(message)).toBe(ms as never))

  test('a retry delay is reported with a rate limit only', () => {
    const message = 'Please try again in 20s.'
    expect(decodeError(JSON.stringify({ error: { message, code: 'rate_limit_exceeded' } }))?.retryAfterMs).toBe(20_000)
    expect(decodeError(JSON.stringify({ error: { message, code: 'x' } }))?.retryAfterMs).toBeUndefined()
  })
})

const envelope = (message: string, type: string, code: string, param: string | null = null) => ({
  error: { message, type, param, code },
})
const body = new Uint8Array(Buffer.from('{"error":{"message":"theirs"}}'))

describe("errors are encoded in OpenAI's envelope", () => {
  test.each<[string, GatewayError, object]>([
    ['ours', new GatewayError('not_found', 'no'), envelope('no', 'invalid_request_error', 'not_found')],
    [
      'with a field',
      new GatewayError('invalid_request', 'no', { param: 'n' }),
      envelope('no', 'invalid_request_error', 'invalid_request', 'n'),
    ],
    [
      "an upstream's type and code",
      new GatewayError('upstream_rejected', 'no', { upstream: { type: 't', code: 'c' } }),
      envelope('no', 't', 'c'),
    ],
    [
      "an upstream's type alone",
      new GatewayError('upstream_failed', 'no', { upstream: { type: 't' } }),
      envelope('no', 't', 'upstream_failed'),
    ],
    [
      'an error of another format, with the type and code of this one',
      new GatewayError('upstream_rejected', 'no', { upstream: { type: 'x', kind: 'context-length' } }),
      envelope('no', 'invalid_request_error', 'context_length_exceeded'),
    ],
    [
      'an overload of another format',
      new GatewayError('upstream_overloaded', 'no', { upstream: { type: 'overloaded_error', kind: 'overloaded' } }),
      envelope('no', 'server_error', 'upstream_overloaded'),
    ],
    [
      'without the cause',
      new GatewayError('internal', 'no', { cause: new Error('sk-secret') }),
      envelope('no', 'server_error', 'internal'),
    ],
  ])('%s', (_title, error, expected) => {
    expect(JSON.parse(encodeError(error) as string)).toStrictEqual(expected)
    expect(encodeErrorEvent(error)).toBe(`data: ${JSON.stringify(expected)}\n\ndata: [DONE]\n\n`)
  })

  test("an upstream's own envelope is forwarded byte for byte, but encoded again in a stream", () => {
    const error = new GatewayError('upstream_rejected', 'theirs', { upstream: { body } })
    expect(encodeError(error)).toBe(body)
    expect(encodeErrorEvent(error)).toStartWith('data: {"error":{"message":"theirs","type":"invalid_request_error"')
  })

  test('no message contains a line break', () =>
    expect(encodeErrorEvent(new GatewayError('internal', 'a\n\ndata: b\r')).split('\n\n')).toHaveLength(3))
})
