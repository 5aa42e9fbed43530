import { describe, expect, test } from 'bun:test'
import { type ErrorCode, type ErrorDetails, GatewayError } from '../../../errors.ts'
import { type FixtureEntry, fixtures, loadFixture } from '../../../../test/shared.ts'
import { decodeError } from './decode-error.ts'
import { encodeError } from './encode-error.ts'

const envelope = (type: string, message = 'No.') => JSON.stringify({ type: 'error', error: { type, message } })

test('a refused thread has the details with which the SDKs send the whole conversation', () => {
  const refused = new GatewayError('unsupported_parameter', 'No.', { param: 'thread' })
  expect(JSON.parse(encodeError(refused, 'r').body)).toEqual({
    type: 'error',
    error: {
      type: 'invalid_request_error',
      message: 'No.',
      details: { error_code: 'thread_unsupported_request', unsupported: ['thread'] },
    },
    request_id: 'r',
  })
})

describe('an upstream error is decoded', () => {
  test.each<[string, string, object | undefined]>([
    [
      'overload',
      envelope('overloaded_error'),
      { kind: 'overloaded', status: 529, type: 'overloaded_error', message: 'No.', isEnvelope: true },
    ],
    ['a rate limit', envelope('rate_limit_error'), { kind: 'rate-limit', status: 429 }],
    ['a wrong key', envelope('authentication_error'), { kind: 'auth', status: 401 }],
    ['an unknown model', envelope('not_found_error'), { kind: 'not-found', status: 404 }],
    ['a bad request', envelope('invalid_request_error'), { kind: 'bad-request', status: 400 }],
    [
      'a prompt that is too long',
      envelope('invalid_request_error', 'prompt is too long: 210000 tokens > 200000 maximum'),
      { kind: 'context-length' },
    ],
    [
      'a prompt plus max_tokens that is too long',
      envelope('invalid_request_error', 'input length and `max_tokens` exceed context limit: 1 + 2 > 2'),
      { kind: 'context-length' },
    ],
    [
      'an account without credit',
      envelope('invalid_request_error', 'Your credit balance is too low to access the Anthropic API.'),
      { kind: 'billing' },
    ],
    [
      'blocked output',
      envelope('invalid_request_error', 'Output blocked by content filtering policy'),
      { kind: 'content-policy' },
    ],
    ['an unknown type', envelope('strange_error'), { type: 'strange_error', isEnvelope: true }],
    [
      'a code next to the type',
      '{"type":"error","error":{"type":"permission_error","message":"x","error_code":"sandbox_egress_restricted"}}',
      { kind: 'permission', code: 'sandbox_egress_restricted' },
    ],
    [
      "Vertex's",
      '{"error":{"code":429,"message":"Quota","status":"RESOURCE_EXHAUSTED"}}',
      { message: 'Quota', status: 429, code: 'RESOURCE_EXHAUSTED', isEnvelope: false },
    ],
    ["Vertex's in a list", '[{"error":{"code":403,"message":"x"}}]', { status: 403 }],
    [
      "Bedrock's",
      '{"message":"Input is too long for requested model."}',
      { kind: 'context-length', isEnvelope: false },
    ],
    [
      'an error without a message',
      '{"type":"error","error":{"type":"api_error"}}',
      { message: 'The upstream gave no message.', isEnvelope: false },
    ],
    ['an HTML page', '<html>502</html>', undefined],
    ['an empty body', '', undefined],
    ['a number', '5', undefined],
    ['a message', '{"type":"message","content":[]}', undefined],
  ])('%s', (_title, text, error) => {
    if (error) expect(decodeError(text)).toMatchObject(error)
    else expect(decodeError(text)).toBeUndefined()
  })

  const isOurs = ({ api, status }: FixtureEntry) => api === 'anthropic-messages' && status >= 400
  test.each(fixtures(isOurs))('recorded: $file', (entry) => {
    const { body, status } = loadFixture(entry).response
    expect(decodeError(JSON.stringify(body))).toMatchObject({ status, isEnvelope: true })
  })
})

describe('an error has the status and type of the Anthropic format', () => {
  test.each<[ErrorCode, ErrorDetails, number, string]>([
    ['invalid_request', {}, 400, 'invalid_request_error'],
    ['unsupported_parameter', {}, 400, 'invalid_request_error'],
    ['invalid_api_key', {}, 401, 'authentication_error'],
    ['model_not_found', {}, 404, 'not_found_error'],
    ['method_not_allowed', {}, 405, 'invalid_request_error'],
    ['request_too_large', {}, 413, 'request_too_large'],
    ['overloaded', {}, 529, 'overloaded_error'],
    ['client_closed', {}, 499, 'api_error'],
    ['internal', {}, 500, 'api_error'],
    ['upstream_rejected', {}, 400, 'invalid_request_error'],
    ['upstream_rejected', { status: 403 }, 403, 'permission_error'],
    ['upstream_rejected', { status: 409 }, 409, 'conflict_error'],
    ['upstream_rejected', { status: 422 }, 400, 'invalid_request_error'],
    ['upstream_rate_limited', {}, 429, 'rate_limit_error'],
    ['upstream_rate_limited', { upstream: { kind: 'billing' } }, 402, 'billing_error'],
    ['upstream_overloaded', {}, 529, 'overloaded_error'],
    ['upstream_failed', {}, 500, 'api_error'],
    ['upstream_cut', {}, 500, 'api_error'],
    ['upstream_auth', {}, 502, 'api_error'],
    ['upstream_timeout', {}, 504, 'timeout_error'],
  ])('%s %j', (code, details, status, type) => {
    const answer = encodeError(new GatewayError(code, 'No.', details), 'req_1')
    expect({ ...answer, body: JSON.parse(answer.body) as unknown }).toEqual({
      status,
      body: { type: 'error', error: { type, message: 'No.' }, request_id: 'req_1' },
    })
  })

  test('a prompt that is too long has the message that clients recognize', () => {
    const message = (upstreamMessage: string) =>
      (
        JSON.parse(encodeError(new GatewayError('context_length_exceeded', upstreamMessage), 'r').body) as {
          error: { message: string }
        }
      ).error.message
    expect(message('maximum context length is 8192')).toBe('prompt is too long: maximum context length is 8192')
    expect(message('Prompt is too long')).toBe('Prompt is too long')
  })

  test("an upstream's error in this format is forwarded unchanged, another format's is not", () => {
    const bodyFor = (body: string) =>
      encodeError(
        new GatewayError('upstream_rejected', 'No.', { upstream: { body: new TextEncoder().encode(body) } }),
        'r',
      ).body
    const own = '{"error":{"type":"invalid_request_error","message":"x"},"request_id":"q","type":"error"}'
    expect(bodyFor(own)).toBe(own)
    expect(bodyFor('{"error":{"message":"x","type":"invalid_request_error"}}')).toContain('"message":"No."')
  })
})
