import { FetchedResponse } from '../../upstream/fetched-response.ts'
import { describe, expect, test } from 'bun:test'
import type { UpstreamError } from '../../chat/upstream-error.ts'
import { decodeError } from '../../formats/openai-shared/decode-error.ts'
import { errorFromUpstream, rejection, retryAfterMs } from './rejection.ts'

const ENVELOPE = '{"error":{"message":"upstream message","type":"their_type","param":"n","code":"their_code"}}'
type Body = string | ReadableStream | null

/** A body that arrives in these pieces, and then ends or breaks off. */
const pieces = (parts: readonly string[], breaks = false): ReadableStream =>
  new ReadableStream({
    start(controller) {
      for (const part of parts) controller.enqueue(Buffer.from(part))
      if (breaks) controller.error(new Error('reset'))
      else controller.close()
    },
  })

const responseOf = ({ status, headers, body }: Response) => new FetchedResponse(status, headers, body)

const rejectionOf = (status: number, body: Body = ENVELOPE, headers: Record<string, string> = {}) =>
  rejection(responseOf(new Response(body, { status, headers })), {
    readError: decodeError,
    forwardsErrors: true,
    responseHeaders: () => ({}),
  })

describe('a status is mapped to a code, and usually kept', () => {
  test.each([
    [201, 'upstream_malformed', 502, true],
    [301, 'upstream_malformed', 502, true],
    [302, 'upstream_malformed', 502, true],
    [400, 'upstream_rejected', 400, false],
    [401, 'upstream_auth', 502, true],
    [403, 'upstream_auth', 502, true],
    [404, 'upstream_not_found', 404, true],
    [407, 'upstream_unreachable', 502, true],
    [408, 'upstream_timeout', 408, true],
    [413, 'upstream_rejected', 413, false],
    [422, 'upstream_rejected', 422, false],
    [424, 'upstream_failed', 502, true],
    [429, 'upstream_rate_limited', 429, true],
    [500, 'upstream_failed', 500, true],
    [502, 'upstream_failed', 502, true],
    [503, 'upstream_overloaded', 503, true],
    [504, 'upstream_failed', 504, true],
    [529, 'upstream_overloaded', 529, true],
  ])('%d: %s %d', async (status, code, sent, retryable) =>
    expect(await rejectionOf(status)).toMatchObject({ code, status: sent, retryable }),
  )
})

test('a 407 is a proxy that requires credentials, whatever its body says', async () => {
  const error = await rejectionOf(407, ENVELOPE)
  expect(error.message).toBe(
    'The proxy requires credentials (status 407). Check the user name and password in HTTP_PROXY.',
  )
  expect(error.details.upstream).toBeUndefined()
})

describe('the message of the upstream is kept for the client', () => {
  test('an error body in the client format, byte for byte', async () => {
    const error = await rejectionOf(400, `\n ${ENVELOPE} `)
    expect(Buffer.from(error.details.upstream!.body!).toString()).toBe(`\n ${ENVELOPE} `)
    expect(error).toMatchObject({
      message: 'upstream message',
      details: { param: 'n', upstream: { type: 'their_type', code: 'their_code' } },
    })
  })

  test.each<[string, Body, string]>([
    ['another shape, in the client format', '{"detail":"No such thing"}', 'No such thing'],
    ['an empty body', null, 'The upstream returned status 500 without a readable message.'],
    ['an HTML page', '<html>oops</html>', 'The upstream returned status 500 without a readable message.'],
    [
      'a body over the size limit',
      pieces(['{"error":{"message":"', ...Array(70).fill('x'.repeat(1024)), '"}}']),
      'The upstream returned status 500 without a readable message.',
    ],
    [
      'a body that breaks off',
      pieces(['{"error":'], true),
      'The upstream returned status 500 without a readable message.',
    ],
  ])('%s', async (_title, body, message) => {
    const error = await rejectionOf(500, body)
    expect(error.message).toBe(message)
    expect(error.details.upstream?.body).toBeUndefined()
  })

  test.each([401, 403])("but not that of a %d, which is about the gateway's own key", async (status) => {
    const error = await rejectionOf(status, ENVELOPE.replace('upstream message', 'Incorrect API key sk-123'))
    expect(error.message).not.toContain('sk-123')
    expect(error.details).toMatchObject({ headers: { 'x-should-retry': 'false' }, cause: 'Incorrect API key sk-123' })
    expect(error.details.upstream).toBeUndefined()
  })
})

describe('an error that another model might not have gets a code of its own', () => {
  const tooLong = "This model's maximum context length is 4096 tokens. However, you requested 5000 tokens."

  test.each<[string, number, object, object]>([
    [
      'in the client format',
      400,
      { error: { message: tooLong, code: 400 } },
      { status: 400, details: { upstream: { body: expect.anything() } } },
    ],
    [
      'in another shape',
      400,
      { object: 'error', message: tooLong, type: 'BadRequestError', code: 400 },
      { status: 400, details: { upstream: { type: 'BadRequestError' } } },
    ],
    ['with a 500', 500, { error: { message: 'x', type: 'exceed_context_size_error' } }, { status: 400 }],
    [
      'with the name of the field',
      400,
      { error: { message: 'x', code: 'context_length_exceeded', param: 'messages' } },
      { details: { param: 'messages', upstream: { code: 'context_length_exceeded' } } },
    ],
  ])('%s', async (_title, status, body, expected) =>
    expect(await rejectionOf(status, JSON.stringify(body))).toMatchObject({
      code: 'context_length_exceeded',
      retryable: false,
      ...expected,
    }),
  )

  test("a 403 of a content filter is not about the gateway's key", async () => {
    const body = {
      error: { message: 'This model requires moderation. Your input was flagged for "violence".', code: 403 },
    }
    expect(await rejectionOf(403, JSON.stringify(body))).toMatchObject({
      code: 'content_policy_violation',
      status: 403,
    })
  })

  test('also inside a 200', () =>
    expect(errorFromUpstream({ message: tooLong, isEnvelope: true })).toMatchObject({
      code: 'context_length_exceeded',
      status: 400,
    }))
})

describe('an error inside a 200', () => {
  const error = { message: 'no', isEnvelope: true }
  test.each<[string, object, object]>([
    ['without a status', {}, { code: 'upstream_failed', status: 502, message: 'no' }],
    ['with a status', { status: 429 }, { code: 'upstream_rate_limited', status: 429 }],
    ["about the gateway's key", { status: 401 }, { code: 'upstream_auth', status: 502 }],
    [
      'with its type',
      { type: 't', code: 'c', param: 'p' },
      { details: { status: 502, param: 'p', upstream: { type: 't', code: 'c' } } },
    ],
  ])('%s', (_title, fields, expected) => expect(errorFromUpstream({ ...error, ...fields })).toMatchObject(expected))
})

const NOW = Date.parse('2026-01-01T00:00:00Z')

describe('the retry delay is read in all its forms', () => {
  test.each<[Record<string, string>, number | undefined]>([
    [{}, undefined],
    [{ 'retry-after': '3' }, 3000],
    [{ 'retry-after': '0' }, 0],
    [{ 'retry-after': '1.5' }, 1500],
    [{ 'retry-after': 'Thu, 01 Jan 2026 00:00:20 GMT' }, 20_000],
    [{ 'retry-after': 'Wed, 31 Dec 2025 23:59:59 GMT' }, undefined],
    [{ 'retry-after': 'soon' }, undefined],
    [{ 'retry-after': '-5' }, undefined],
    [{ 'retry-after-ms': '250' }, 250],
    [{ 'retry-after-ms': '250', 'retry-after': '9' }, 9000],
    [{ 'retry-after-ms': '0', 'retry-after': '7' }, 7000],
    [{ 'retry-after-ms': '1500', 'retry-after': '1' }, 1500],
    [{ 'retry-after-ms': '-1', 'retry-after': '9' }, 9000],
    [{ 'retry-after-ms': 'x', 'retry-after': '9' }, 9000],
  ])('%j: %p ms', (headers, ms) => expect(retryAfterMs(new Headers(headers), NOW)).toBe(ms))

  test('and is kept for the client', async () =>
    expect((await rejectionOf(429, ENVELOPE, { 'retry-after': '2' })).details.retryAfterMs).toBe(2000))
})

describe('the kind of an error takes precedence over a generic status', () => {
  const about = (status: number, kind: UpstreamError['kind'], more: Partial<UpstreamError> = {}) =>
    rejection(responseOf(new Response('{}', { status })), {
      readError: () => ({ message: 'm', isEnvelope: false, ...(kind && { kind }), ...more }),
      forwardsErrors: false,
      responseHeaders: () => ({ 'x-ratelimit-remaining-tokens': '0' }),
    })

  test.each<[number, UpstreamError['kind'], string, number]>([
    [400, 'auth', 'upstream_auth', 502],
    [400, 'rate-limit', 'upstream_rate_limited', 429],
    [400, 'overloaded', 'upstream_overloaded', 503],
    [400, 'context-length', 'context_length_exceeded', 400],
    [400, 'content-policy', 'content_policy_violation', 400],
    [400, 'bad-request', 'upstream_rejected', 400],
    [429, 'overloaded', 'upstream_rate_limited', 429],
    [400, undefined, 'upstream_rejected', 400],
  ])('%d about %s: %s %d', async (status, kind, code, sent) =>
    expect(await about(status, kind)).toMatchObject({ code, status: sent }),
  )

  test('a retry delay that only the body contains is kept, and so are the rate limits', async () =>
    expect((await about(429, 'rate-limit', { retryAfterMs: 34_400 })).details).toMatchObject({
      retryAfterMs: 34_400,
      headers: { 'x-ratelimit-remaining-tokens': '0' },
    }))
})
