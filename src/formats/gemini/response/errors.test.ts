import { describe, expect, test } from 'bun:test'
import type { UpstreamErrorKind } from '../../../errors.ts'
import { type ErrorCode, GatewayError } from '../../../errors.ts'
import { gemini, geminiList } from '../index.ts'

const body = (error: object) =>
  JSON.stringify({ error: { code: 400, message: 'x', status: 'INVALID_ARGUMENT', ...error } })

describe('an upstream error', () => {
  test.each<[string, string, UpstreamErrorKind | undefined, object]>([
    ['an invalid field', body({}), 'bad-request', { type: 'INVALID_ARGUMENT', status: 400, isEnvelope: true }],
    [
      'an invalid key, which is a 400',
      body({ details: [{ reason: 'API_KEY_INVALID' }] }),
      'auth',
      { code: 'API_KEY_INVALID' },
    ],
    ['no key', body({ code: 401, status: 'UNAUTHENTICATED' }), 'auth', {}],
    [
      'a prompt that is too long',
      body({ message: 'The input token count (1200000) exceeds the maximum number of tokens allowed (1048576).' }),
      'context-length',
      {},
    ],
    [
      'an unknown field',
      body({ message: 'Invalid JSON payload received. Unknown name "foo": Cannot find field.' }),
      'unsupported-parameter',
      { param: 'foo' },
    ],
    [
      'a rate limit, with its retry delay',
      body({
        code: 429,
        status: 'RESOURCE_EXHAUSTED',
        details: [
          { '@type': 'type.googleapis.com/google.rpc.QuotaFailure' },
          { '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: '34.4s' },
        ],
      }),
      'rate-limit',
      { retryAfterMs: 34_400, status: 429 },
    ],
    [
      'an account without credit',
      body({ code: 429, status: 'RESOURCE_EXHAUSTED', message: 'Your prepayment credits are depleted.' }),
      'billing',
      {},
    ],
    ['an overload', body({ code: 503, status: 'UNAVAILABLE' }), 'overloaded', {}],
    ['an internal error', body({ code: 500, status: 'INTERNAL' }), 'internal', {}],
    ['a timeout', body({ code: 504, status: 'DEADLINE_EXCEEDED' }), 'timeout', {}],
    ['an unknown status', body({ status: 'TEAPOT' }), undefined, { type: 'TEAPOT' }],
    ['in a list', `[${body({ code: 404, status: 'NOT_FOUND' })}]`, 'not-found', { isEnvelope: false }],
    [
      'without a message',
      JSON.stringify({ error: { code: 500 } }),
      undefined,
      { message: 'The upstream gave no message.', isEnvelope: false },
    ],
    ['an invalid retry delay', body({ details: [{ retryDelay: 'soon' }] }), 'bad-request', {}],
  ])('%s', (_title, text, kind, more) => {
    expect(gemini.decodeError(text)).toMatchObject({ ...(kind && { kind }), ...more })
    expect(gemini.decodeError(text)?.kind).toBe(kind as UpstreamErrorKind)
  })

  test.each([['<html>502</html>'], [''], ['{}'], ['[]'], ['null'], ['"x"'], ['{"error":"text"}'], ['{"error":']])(
    '%j is not an error body',
    (text) => expect(gemini.decodeError(text)).toBeUndefined(),
  )
})

describe('an error for a client', () => {
  test.each<[ErrorCode, number, string]>([
    ['invalid_request', 400, 'INVALID_ARGUMENT'],
    ['unsupported_parameter', 400, 'INVALID_ARGUMENT'],
    ['invalid_api_key', 401, 'UNAUTHENTICATED'],
    ['model_not_found', 404, 'NOT_FOUND'],
    ['request_too_large', 413, 'INVALID_ARGUMENT'],
    ['overloaded', 429, 'RESOURCE_EXHAUSTED'],
    ['upstream_rate_limited', 429, 'RESOURCE_EXHAUSTED'],
    ['internal', 500, 'INTERNAL'],
    ['upstream_auth', 502, 'UNAVAILABLE'],
    ['upstream_overloaded', 503, 'UNAVAILABLE'],
    ['upstream_timeout', 504, 'DEADLINE_EXCEEDED'],
  ])('%s is %i %s', (code, status, word) => {
    const encoded = gemini.encodeError(new GatewayError(code, 'Why.'), 'req')
    expect(encoded.status).toBe(status)
    expect(JSON.parse(encoded.body)).toMatchObject({ error: { code: status, message: 'Why.', status: word } })
  })

  test.each([
    [402, 429],
    [422, 400],
    [529, 503],
    [403, 403],
  ])("an upstream's status %i becomes %i", (given, sent) =>
    expect(gemini.encodeError(new GatewayError('upstream_failed', 'x', { status: given }), 'r').status).toBe(sent),
  )

  test('has the field, the retry delay and the request id', () => {
    const { body } = gemini.encodeError(
      new GatewayError('upstream_rate_limited', 'Slow.', { param: 'contents', retryAfterMs: 1500 }),
      'req',
    )
    const { details } = (JSON.parse(body) as { error: { details: object[] } }).error
    expect(details).toMatchObject([
      { reason: 'UPSTREAM_RATE_LIMITED' },
      { fieldViolations: [{ field: 'contents' }] },
      { retryDelay: '1.5s' },
      { requestId: 'req' },
    ])
    expect(gemini.decodeError(body)).toMatchObject({ kind: 'rate-limit', retryAfterMs: 1500 })
  })

  test("is the upstream's own error body if there is one", () => {
    const body = Buffer.from('{"error":{"code":400,"message":"theirs"}}')
    expect(gemini.encodeError(new GatewayError('upstream_rejected', 'x', { upstream: { body } }), 'r').body).toBe(
      body.toString(),
    )
  })

  test('is a list if streams are lists', () =>
    expect(JSON.parse(geminiList.encodeError(new GatewayError('internal', 'x'), 'r').body)).toMatchObject([
      { error: { code: 500 } },
    ]))
})
