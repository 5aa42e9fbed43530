import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import {
  CHUNKED,
  createClient,
  exchange,
  failureOf,
  HELLO,
  OK,
  type Respond,
  serverThat,
  TOO_LARGE,
} from '../../../test/raw-upstream.ts'

describe('a response ends where its server meant, and its connection is used again only if it is in step', () => {
  test.each<[title: string, response: string, ends: boolean, result: object, connections: number]>([
    ['a length', HELLO, false, { status: 200, text: 'hello' }, 1],
    ['chunks', CHUNKED, false, { status: 200, text: 'hello' }, 1],
    ['until the connection ends', `${OK}\r\nhello`, true, { status: 200, text: 'hello' }, 2],
    ['no body', 'HTTP/1.1 204 No Content\r\n\r\n', false, { status: 204, text: '' }, 1],
    ['an empty body', `${OK}content-length: 0\r\n\r\n`, false, { status: 200, text: '' }, 1],
    ['100 before it', `HTTP/1.1 100 Continue\r\n\r\n${HELLO}`, false, { status: 200, text: 'hello' }, 1],
    [
      '103 before it',
      `HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n${HELLO}`,
      false,
      { status: 200, text: 'hello' },
      1,
    ],
    ['an error', 'HTTP/1.1 500 Oops\r\ncontent-length: 2\r\n\r\nno', false, { status: 500, text: 'no' }, 1],
    [
      'a redirect',
      'HTTP/1.1 302 Found\r\nlocation: /x\r\ncontent-length: 0\r\n\r\n',
      false,
      { status: 302, text: '' },
      1,
    ],
    [
      'the server closes',
      `${OK}connection: close\r\ncontent-length: 5\r\n\r\nhello`,
      true,
      { status: 200, text: 'hello' },
      2,
    ],
    [
      'close is announced, but not done',
      `${OK}connection: close\r\ncontent-length: 5\r\n\r\nhello`,
      false,
      { status: 200, text: 'hello' },
      2,
    ],
    ['more bytes than its length', `${HELLO}${HELLO}`, false, { status: 200, text: 'hello' }, 2],
    ['more bytes than its chunks', `${CHUNKED}x`, false, { status: 200, text: 'hello' }, 2],
  ])('%s', async (_title, response, ends, result, connections) => {
    const server = await serverThat((socket) => (ends ? socket.end(response) : socket.write(response)))
    const client = createClient()
    expect(await exchange(client, server.url)).toEqual(result as never)
    expect(await exchange(client, server.url)).toEqual(result as never)
    expect(server.connections()).toBe(connections)
  })
})

describe('a broken response is an error with a code', () => {
  test.each<[title: string, respond: Respond, failure: string]>([
    ['closed at once', (socket) => socket.end(), 'ECONNRESET'],
    ['reset at once', (socket) => socket.resetAndDestroy(), 'ECONNRESET'],
    ['within the head', (socket) => socket.end('HTTP/1.1 200 OK\r\ncontent-'), 'ECONNRESET'],
    ['within the length', (socket) => socket.end(HELLO.slice(0, -1)), 'ECONNRESET'],
    ['within the chunks', (socket) => socket.end(CHUNKED.slice(0, -2)), 'ECONNRESET'],
    ['after 100', (socket) => socket.end('HTTP/1.1 100 Continue\r\n\r\n'), 'ECONNRESET'],
    ['not HTTP', (socket) => socket.write('SSH-2.0-OpenSSH_9.6\r\n'), 'Malformed_HTTP_Response'],
    ['TLS', (socket) => socket.write(Buffer.from([0x15, 3, 1, 0, 2, 2, 70])), 'Malformed_HTTP_Response'],
    ['an upgrade', (socket) => socket.write('HTTP/1.1 101 Switching Protocols\r\n\r\n'), 'Malformed_HTTP_Response'],
    ['an endless head', (socket) => socket.write(`${OK}x: ${'a'.repeat(300_000)}`), 'Malformed_HTTP_Response'],
    [
      'endless informational responses',
      (socket) => socket.write('HTTP/1.1 100 Continue\r\n\r\n'.repeat(100)),
      'Malformed_HTTP_Response',
    ],
    [
      'two lengths',
      (socket) => socket.write(`${OK}content-length: 5\r\ncontent-length: 6\r\n\r\nhello`),
      'Malformed_HTTP_Response',
    ],
    [
      'wrong chunks',
      (socket) => socket.write(`${OK}transfer-encoding: chunked\r\n\r\nzz\r\n`),
      'Malformed_HTTP_Response',
    ],
    [
      'more than is allowed, by length',
      (socket) => socket.write(`${OK}content-length: 2000\r\n\r\n${'a'.repeat(2000)}`),
      TOO_LARGE.message,
    ],
    ['more than is allowed, without end', (socket) => socket.write(`${OK}\r\n${'a'.repeat(2000)}`), TOO_LARGE.message],
  ])('%s', async (_title, respond, failure) => {
    const server = await serverThat(respond)
    expect(await failureOf(exchange(createClient(), server.url, { maxBytes: 1000 }))).toBe(failure)
    expect(server.requests).toHaveLength(1) // never sent twice
  })

  test.each([
    ['nothing listens', 'http://127.0.0.1:1/v1', 'ECONNREFUSED'],
    ['the name does not resolve', 'http://no-such-host.invalid/v1', 'ENOTFOUND'],
  ])('%s', async (_title, url, code) => expect(await failureOf(exchange(createClient(), url))).toBe(code))
})

test('any response in any segments is the same response', async () => {
  const responses = [HELLO, CHUNKED, `HTTP/1.1 100 Continue\r\n\r\n${CHUNKED}`]
  let segments: string[] = []
  const server = await serverThat(async (socket) => {
    socket.setNoDelay(true)
    for (const segment of segments)
      await new Promise<void>((resolve) => socket.write(segment, () => setImmediate(resolve)))
  })
  const client = createClient()
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...responses),
      fc.array(fc.nat(200), { maxLength: 6 }),
      async (response, places) => {
        const ends = [...new Set(places.map((place) => place % response.length))].toSorted((a, b) => a - b)
        segments = [0, ...ends].map((from, index) => response.slice(from, ends[index])).filter((text) => text !== '')
        expect(await exchange(client, server.url)).toEqual({ status: 200, text: 'hello' })
      },
    ),
    { numRuns: 40 },
  )
  expect(server.connections()).toBe(1)
})
