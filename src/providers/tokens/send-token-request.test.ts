import { afterAll, beforeEach, describe, expect, test } from 'bun:test'
import { startTokenServer } from '../../../test/token-server.ts'
import { sendTokenRequest } from './send-token-request.ts'
import { readToken } from './read-token.ts'
import type { TokenError } from './token-error.ts'

const server = startTokenServer()
afterAll(() => server.stop())
beforeEach(() => {
  server.calls.length = 0
})

const SECRET = 'pa$$ word/+1'
const request = (timeoutMs?: number) =>
  sendTokenRequest(
    { url: `${server.url}/t?key=${SECRET}`, body: new URLSearchParams({ a: SECRET }), secrets: [SECRET] },
    timeoutMs,
  )

const failureOf = (response: Promise<string>): Promise<TokenError> =>
  response.then(
    (text) => Promise.reject(new Error(`no failure, but ${text}`)),
    (thrown: TokenError) => thrown,
  )

describe('an error response is reported without the secrets that were sent', () => {
  test.each<[string, () => Response, RegExp, boolean]>([
    [
      'an OAuth error',
      () => Response.json({ error: 'invalid_client', error_description: 'AADSTS7000215: bad' }, { status: 401 }),
      /returned 401 \(invalid_client: AADSTS7000215: bad\)\.$/,
      false,
    ],
    [
      'a Google error',
      () => Response.json({ error: { code: 403, message: 'disabled' } }, { status: 403 }),
      /returned 403 \(disabled\)\.$/,
      false,
    ],
    [
      'an echo of secrets',
      () => Response.json({ error: `I saw ${SECRET} and ${encodeURIComponent(SECRET)}` }, { status: 400 }),
      /returned 400 \(I saw \[redacted\] and \[redacted\]\)\.$/,
      false,
    ],
    ['an HTML page', () => new Response('<html>', { status: 400 }), /returned 400\.$/, false],
    ['no body', () => new Response(null, { status: 503 }), /returned 503\.$/, true],
    ['too many requests', () => new Response('', { status: 429 }), /returned 429\.$/, true],
    [
      'a redirect',
      () => new Response('', { status: 302, headers: { location: server.url } }),
      /returned 302\.$/,
      false,
    ],
    [
      'a body that is too large',
      () => new Response('x'.repeat(70_000)),
      /returned a response that is too large\.$/,
      false,
    ],
  ])('%s', async (_title, respond, message, isTransient) => {
    server.answer = respond
    const error = await failureOf(request())
    expect(error.message).toMatch(message)
    expect(error.message).toStartWith(`The token server ${server.host} returned `)
    expect(error.isTransient).toBe(isTransient)
    expect(server.calls).toHaveLength(1)
  })
})

test('a slow server times out and is not retried at once', async () => {
  const { promise, resolve } = Promise.withResolvers<Response>()
  server.answer = () => promise
  const error = await failureOf(request(20))
  resolve(new Response())
  expect(error).toMatchObject({
    isTransient: false,
    message: `The token server ${server.host} timed out.`,
  })
})

test('an error for a server that is down names its host, not its full URL', async () => {
  const stopped = startTokenServer()
  await stopped.stop()
  const error = await failureOf(sendTokenRequest({ url: `${stopped.url}/?key=${SECRET}`, secrets: [] }))
  expect(error).toMatchObject({
    isTransient: true,
    message: expect.stringContaining(`The token server ${stopped.host} could not be reached (E`),
  })
  expect(Bun.inspect(error)).not.toContain('pa$$')
})

describe('a token is read from', () => {
  test.each<[string, object, number]>([
    ['a lifetime in seconds', { expires_in: 100 }, 100_000 + 5000],
    ['a lifetime as a string', { expires_in: '100' }, 100_000 + 5000],
    ['an expiry time', { expires_on: '105' }, 105_000],
    ['neither', {}, 3_600_000 + 5000],
    ['a lifetime that is too long', { expires_in: 1e9 }, 86_400_000 + 5000],
  ])('%s', (_title, fields, expiresMs) =>
    expect(readToken(JSON.stringify({ access_token: 't', ...fields }), 'h', 5000)).toEqual({ value: 't', expiresMs }),
  )

  test.each<[string, string, RegExp]>([
    ['no JSON', 'token', /not a JSON object/],
    ['no object', '"token"', /not a JSON object/],
    ['null', 'null', /not a JSON object/],
    ['no token', '{}', /no valid access token/],
    ['an empty token', '{"access_token":""}', /no valid access token/],
    ['a token with a line break', '{"access_token":"a\\r\\nx: y"}', /no valid access token/],
    ['a token that is too long', JSON.stringify({ access_token: 'a'.repeat(16_385) }), /no valid access token/],
    ['a lifetime of 0', '{"access_token":"a","expires_in":0}', /without a valid lifetime/],
    ['a lifetime that is not a number', '{"access_token":"a","expires_in":"soon"}', /without a valid lifetime/],
  ])('not from %s', (_title, text, message) => expect(() => readToken(text, 'host', 0)).toThrow(message))
})
