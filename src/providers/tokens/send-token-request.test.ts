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
const ask = (timeoutMs?: number) =>
  sendTokenRequest(
    { url: `${server.url}/t?key=${SECRET}`, body: new URLSearchParams({ a: SECRET }), secrets: [SECRET] },
    timeoutMs,
  )

const failureOf = (answer: Promise<string>): Promise<TokenError> =>
  answer.then(
    (text) => Promise.reject(new Error(`no failure but ${text}`)),
    (thrown: TokenError) => thrown,
  )

describe('an answer that is no token says why, and nothing of what was sent', () => {
  test.each<[string, () => Response, RegExp, boolean]>([
    [
      "OAuth's words",
      () => Response.json({ error: 'invalid_client', error_description: 'AADSTS7000215: bad' }, { status: 401 }),
      /answered 401 \(invalid_client: AADSTS7000215: bad\)\.$/,
      false,
    ],
    [
      "Google's words",
      () => Response.json({ error: { code: 403, message: 'disabled' } }, { status: 403 }),
      /answered 403 \(disabled\)\.$/,
      false,
    ],
    [
      'an echo',
      () => Response.json({ error: `I saw ${SECRET} and ${encodeURIComponent(SECRET)}` }, { status: 400 }),
      /answered 400 \(I saw \[redacted\] and \[redacted\]\)\.$/,
      false,
    ],
    ['garbage', () => new Response('<html>', { status: 400 }), /answered 400\.$/, false],
    ['nothing', () => new Response(null, { status: 503 }), /answered 503\.$/, true],
    ['too many requests', () => new Response('', { status: 429 }), /answered 429\.$/, true],
    [
      'another place',
      () => new Response('', { status: 302, headers: { location: server.url } }),
      /answered 302\.$/,
      false,
    ],
    ['no end', () => new Response('x'.repeat(70_000)), /its answer has no end\.$/, false],
  ])('%s', async (_title, answer, message, isTransient) => {
    server.answer = answer
    const error = await failureOf(ask())
    expect(error.message).toMatch(message)
    expect(error.message).toStartWith(`${server.host} gives no token: `)
    expect(error.isTransient).toBe(isTransient)
    expect(server.calls).toHaveLength(1)
  })
})

test('a server that is slow is not waited for, nor asked again at once', async () => {
  const { promise, resolve } = Promise.withResolvers<Response>()
  server.answer = () => promise
  const error = await failureOf(ask(20))
  resolve(new Response())
  expect(error).toMatchObject({
    isTransient: false,
    message: `${server.host}, which gives out tokens, did not answer in time.`,
  })
})

test('a server that is down is named, without what stands in the address', async () => {
  const gone = startTokenServer()
  await gone.stop()
  const error = await failureOf(sendTokenRequest({ url: `${gone.url}/?key=${SECRET}`, secrets: [] }))
  expect(error).toMatchObject({
    isTransient: true,
    message: expect.stringContaining(`${gone.host}, which gives out tokens, could not be asked (E`),
  })
  expect(Bun.inspect(error)).not.toContain('pa$$')
})

describe('a token is read from', () => {
  test.each<[string, object, number]>([
    ['a life in seconds', { expires_in: 100 }, 100_000 + 5000],
    ['a life as text', { expires_in: '100' }, 100_000 + 5000],
    ['an end', { expires_on: '105' }, 105_000],
    ['neither', {}, 3_600_000 + 5000],
    ['a life that is too long', { expires_in: 1e9 }, 86_400_000 + 5000],
  ])('%s', (_title, fields, expiresMs) =>
    expect(readToken(JSON.stringify({ access_token: 't', ...fields }), 'h', 5000)).toEqual({ value: 't', expiresMs }),
  )

  test.each<[string, string, RegExp]>([
    ['no JSON', 'token', /no JSON object/],
    ['no object', '"token"', /no JSON object/],
    ['null', 'null', /no JSON object/],
    ['no token', '{}', /without an access token/],
    ['an empty token', '{"access_token":""}', /without an access token/],
    ['a token with a line break', '{"access_token":"a\\r\\nx: y"}', /without an access token/],
    ['a token that is too long', JSON.stringify({ access_token: 'a'.repeat(16_385) }), /without an access token/],
    ['no life', '{"access_token":"a","expires_in":0}', /no time/],
    ['a life that is no number', '{"access_token":"a","expires_in":"soon"}', /no time/],
  ])('not from %s', (_title, text, message) => expect(() => readToken(text, 'host', 0)).toThrow(message))
})
