import { describe, expect, test } from 'bun:test'
import type { UpstreamErrorKind } from '../../errors.ts'
import { type ErrorCode, GatewayError } from '../../errors.ts'
import { gemini, geminiList } from './index.ts'

const body = (error: object) =>
  JSON.stringify({ error: { code: 400, message: 'x', status: 'INVALID_ARGUMENT', ...error } })

describe('an error of an upstream', () => {
  test.each<[string, string, UpstreamErrorKind | undefined, object]>([
    ['a bad field', body({}), 'bad-request', { type: 'INVALID_ARGUMENT', status: 400, isEnvelope: true }],
    [
      'a wrong key, which is a 400',
      body({ details: [{ reason: 'API_KEY_INVALID' }] }),
      'auth',
      { code: 'API_KEY_INVALID' },
    ],
    ['no key', body({ code: 401, status: 'UNAUTHENTICATED' }), 'auth', {}],
    [
      'a prompt too long',
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
      'a limit, with the wait',
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
      'no money',
      body({ code: 429, status: 'RESOURCE_EXHAUSTED', message: 'Your prepayment credits are depleted.' }),
      'billing',
      {},
    ],
    ['too much to do', body({ code: 503, status: 'UNAVAILABLE' }), 'overloaded', {}],
    ['a mistake inside', body({ code: 500, status: 'INTERNAL' }), 'internal', {}],
    ['too slow', body({ code: 504, status: 'DEADLINE_EXCEEDED' }), 'timeout', {}],
    ['a status newer than this', body({ status: 'TEAPOT' }), undefined, { type: 'TEAPOT' }],
    ['in a list', `[${body({ code: 404, status: 'NOT_FOUND' })}]`, 'not-found', { isEnvelope: false }],
    [
      'without words',
      JSON.stringify({ error: { code: 500 } }),
      undefined,
      { message: 'The upstream gave no message.', isEnvelope: false },
    ],
    ['a wait that is none', body({ details: [{ retryDelay: 'soon' }] }), 'bad-request', {}],
  ])('%s', (_title, text, kind, more) => {
    expect(gemini.decodeError(text)).toMatchObject({ ...(kind && { kind }), ...more })
    expect(gemini.decodeError(text)?.kind).toBe(kind as UpstreamErrorKind)
  })

  test.each([['<html>502</html>'], [''], ['{}'], ['[]'], ['null'], ['"x"'], ['{"error":"text"}'], ['{"error":']])(
    '%j is none',
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
  ])("an upstream's %i is %i", (given, sent) =>
    expect(gemini.encodeError(new GatewayError('upstream_failed', 'x', { status: given }), 'r').status).toBe(sent),
  )

  test('names the field, the wait and the request', () => {
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

  test("is the upstream's own where it has one", () => {
    const body = Buffer.from('{"error":{"code":400,"message":"theirs"}}')
    expect(gemini.encodeError(new GatewayError('upstream_rejected', 'x', { upstream: { body } }), 'r').body).toBe(
      body.toString(),
    )
  })

  test('is a list where streams are', () =>
    expect(JSON.parse(geminiList.encodeError(new GatewayError('internal', 'x'), 'r').body)).toMatchObject([
      { error: { code: 500 } },
    ]))
})
