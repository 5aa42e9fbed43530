import { afterAll, describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { createServer, type Server, type Socket } from 'node:net'
import type { TransportSettings } from './settings.ts'
import { HttpClient } from './client.ts'
import { HostAddresses } from './host-addresses.ts'

const servers: Server[] = []
const clients: HttpClient[] = []
afterAll(() => {
  for (const client of clients) client.close()
  for (const server of servers) server.close()
})

type Respond = (socket: Socket, request: string, count: number) => void

/** A server that calls `respond` for each complete request. */
async function serverThat(respond: Respond) {
  let connections = 0
  const requests: string[] = []
  const server = createServer((socket) => {
    connections++
    let text = ''
    socket.on('error', () => {}) // the client can disconnect at any time
    socket.on('data', (data) => {
      text += data.toString('latin1')
      const end = text.indexOf('\r\n\r\n')
      const length = Number(/content-length: (\d+)/.exec(text)?.[1] ?? 0)
      if (end === -1 || text.length < end + 4 + length) return
      requests.push(text)
      text = ''
      respond(socket, requests.at(-1)!, requests.length)
    })
  })
  servers.push(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as { port: number }
  return { url: `http://127.0.0.1:${port}/v1`, requests, connections: () => connections }
}

function createClient(settings: Partial<TransportSettings> = {}): HttpClient {
  const client = new HttpClient({ tls: undefined, unix: undefined, idle: undefined, ...settings }, new HostAddresses())
  clients.push(client)
  return client
}

const TOO_LARGE = new Error('too large')

interface Sent {
  readonly method?: string
  readonly body?: Buffer<ArrayBuffer>
  readonly headers?: Record<string, string>
  readonly signal?: AbortSignal
  readonly maxBytes?: number
}

/** Sends a request and reads the response to its end. */
async function exchange(
  client: HttpClient,
  url: string,
  {
    method = 'POST',
    body = Buffer.from('{}'),
    headers = {},
    signal = new AbortController().signal,
    maxBytes = 1e8,
  }: Sent = {},
) {
  const request = { method, url, headers, body: method === 'POST' ? () => body : undefined, signal }
  const response = await client.send(request)
  return {
    status: response.status,
    text: Buffer.from(await response.body.readAll(maxBytes, () => TOO_LARGE)).toString(),
  }
}

/** The code, or the message, of what a promise is rejected with. */
async function failureOf(promise: Promise<unknown>): Promise<unknown> {
  try {
    await promise
    return 'no failure'
  } catch (thrown) {
    return (thrown as { code?: string }).code ?? (thrown as Error).message
  }
}

const OK = 'HTTP/1.1 200 OK\r\n'
const HELLO = `${OK}content-length: 5\r\n\r\nhello`
const CHUNKED = `${OK}transfer-encoding: chunked\r\n\r\n2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n`

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

describe('the request', () => {
  test('has its method, target, host, headers and bytes', async () => {
    const server = await serverThat((socket) => socket.write(HELLO))
    await exchange(createClient(), `${server.url}/chat?a=1`, { headers: { 'x-test': 'é' } })
    const host = new URL(server.url).host
    expect(server.requests).toEqual([
      `POST /v1/chat?a=1 HTTP/1.1\r\nhost: ${host}\r\nx-test: é\r\nconnection: keep-alive\r\ncontent-length: 2\r\n\r\n{}`,
    ])
  })

  test.each([
    ['/v1/a b', '/v1/a%20b'],
    ['/v1/ä', '/v1/%C3%A4'],
    ['/v1/../x', '/x'],
    ['/v1/a#b', '/v1/a'],
    ['/v1/a%2Fb:c@d', '/v1/a%2Fb:c@d'],
    ['', '/'],
    ['?a=1', '/?a=1'],
  ])('target %p is sent as %p', async (path, sent) => {
    const server = await serverThat((socket) => socket.write(HELLO))
    await exchange(createClient(), new URL(server.url).origin + path)
    expect(server.requests[0]!.split(' ')[1]).toBe(sent)
  })

  test.each([
    ['a line break', { 'x-test': 'a\r\nx-b: 1' }],
    ['a character whose lower byte is a line break', { 'x-test': 'a\u010Ax-b: 1' }],
    ['a null byte', { 'x-test': 'a\0' }],
    ['a line break in a name', { 'x-test\r\nx-b': '1' }],
    ['a colon in a name', { 'x-test: 1': '1' }],
  ])('%s in a header is never sent', async (_title, headers) => {
    const server = await serverThat((socket) => socket.write(HELLO))
    expect(await failureOf(exchange(createClient(), server.url, { headers: headers as never }))).toContain(
      'cannot be sent',
    )
    expect(server.requests).toEqual([])
  })

  test.each([1000, 70_000, 8_000_000])(
    'a body of %i bytes arrives complete at a slow server, though its memory is reused',
    async (length) => {
      const server = await serverThat((socket) => socket.write(HELLO))
      const client = createClient()
      const scratch = Buffer.alloc(length)
      const sent = Array.from({ length: 3 }, (_, index) => {
        const body = () => scratch.fill('abc'[index]!)
        return client.send({ method: 'POST', url: server.url, headers: {}, body, signal: new AbortController().signal })
      })
      scratch.fill('x')
      for (const each of sent) await (await each).body.readAll(100, () => TOO_LARGE)
      const bodies = server.requests.map((request) => request.slice(request.indexOf('\r\n\r\n') + 4))
      expect(bodies.map((body) => body.length)).toEqual([length, length, length])
      expect(bodies.map((body) => [...new Set(body)].join('')).toSorted()).toEqual(['a', 'b', 'c'])
    },
  )
})

describe('connections', () => {
  test('are used again, the last one first, and only one request at a time', async () => {
    const server = await serverThat((socket) => setTimeout(() => socket.write(HELLO), 5))
    const client = createClient()
    await Promise.all([1, 2, 3].map(() => exchange(client, server.url)))
    for (let count = 0; count < 5; count++) await exchange(client, server.url)
    expect(server.connections()).toBe(3)
  })

  test('that the server closed are replaced without an error, also while a request is on its way', async () => {
    const server = await serverThat((socket, _request, count) => {
      if (count === 2) socket.destroy() // a request on a connection that had one before
      else socket.write(HELLO)
    })
    const client = createClient()
    expect([await exchange(client, server.url), await exchange(client, server.url)]).toEqual([
      { status: 200, text: 'hello' },
      { status: 200, text: 'hello' },
    ])
    expect([server.connections(), server.requests.length]).toEqual([2, 3])
  })

  test('are kept up to the configured number', async () => {
    const server = await serverThat((socket) => setTimeout(() => socket.write(HELLO), 5))
    const client = createClient({ idle: { ms: 60_000, maxConnections: 1 } })
    for (const round of [1, 2]) await Promise.all([round, 2, 3].map(() => exchange(client, server.url)))
    expect(server.connections()).toBe(5)
  })

  test('without a request are closed after the configured time', async () => {
    const closed = Promise.withResolvers<void>()
    const server = await serverThat((socket) => {
      socket.on('close', () => closed.resolve())
      socket.write(HELLO)
    })
    await exchange(createClient({ idle: { ms: 1, maxConnections: 5 } }), server.url)
    await closed.promise
  })

  test('that receive bytes without a request are closed', async () => {
    const server = await serverThat((socket) => {
      socket.write(HELLO)
      setTimeout(() => socket.write(HELLO), 20)
      socket.on('close', () => closed.resolve())
    })
    const closed = Promise.withResolvers<void>()
    const client = createClient()
    await exchange(client, server.url)
    await closed.promise
    expect(await exchange(client, server.url)).toEqual({ status: 200, text: 'hello' })
    expect(server.connections()).toBe(2)
  })
})

test('the addresses of a name share its connections; one that refuses them costs no request', async () => {
  const seen = new Set<string>()
  const listen = (hostname: string, port: number) =>
    Bun.serve({ hostname, port, fetch: () => (seen.add(hostname), new Response('hello')) })
  using first = listen('127.0.0.1', 0)
  using second = listen('127.0.0.2', first.port!)
  const hosts = new HostAddresses(async () => ['127.0.0.1', '127.0.0.2', '127.0.0.3'])
  const client = new HttpClient({ tls: undefined, unix: undefined, idle: undefined }, hosts)
  clients.push(client)
  const url = `http://gpu.test:${second.port}/v1`
  const texts = await Promise.all(Array.from({ length: 60 }, async () => (await exchange(client, url)).text))
  expect([new Set(texts), [...seen].toSorted()]).toEqual([new Set(['hello']), ['127.0.0.1', '127.0.0.2']])
})

describe('an abort rejects with its reason and closes the connection', () => {
  const reason = new Error('aborted')

  test.each<[title: string, begin: string]>([
    ['before the head', ''],
    ['within the head', OK],
    ['within the body', HELLO.slice(0, -2)],
    ['within a chunk', CHUNKED.slice(0, -12)],
  ])('%s', async (_title, begin) => {
    const controller = new AbortController()
    const closed = Promise.withResolvers<void>()
    const server = await serverThat((socket) => {
      socket.on('close', () => closed.resolve())
      socket.write(begin, () => setTimeout(() => controller.abort(reason), 10))
    })
    expect(await failureOf(exchange(createClient(), server.url, { signal: controller.signal }))).toBe('aborted')
    await closed.promise
  })

  test('before anything is sent', async () => {
    const server = await serverThat((socket) => socket.write(HELLO))
    expect(await failureOf(exchange(createClient(), server.url, { signal: AbortSignal.abort(reason) }))).toBe('aborted')
    expect(server.connections()).toBe(0)
  })

  test('while the connection is opened; another request gets it', async () => {
    const server = await serverThat((socket) => socket.write(HELLO))
    const client = createClient()
    const controller = new AbortController()
    const first = failureOf(exchange(client, server.url, { signal: controller.signal }))
    controller.abort(reason)
    expect(await first).toBe('aborted')
    expect(await exchange(client, server.url)).toEqual({ status: 200, text: 'hello' })
    expect([server.connections(), server.requests.length]).toEqual([1, 1])
  })

  test('a response that is not read to its end closes its connection', async () => {
    const closed = Promise.withResolvers<void>()
    const server = await serverThat((socket) => {
      socket.on('close', () => closed.resolve())
      socket.write(`${OK}\r\nhello`)
    })
    const { signal } = new AbortController()
    const response = await createClient().send({
      method: 'POST',
      url: server.url,
      headers: {},
      body: () => Buffer.from('{}'),
      signal,
    })
    response.body.cancel()
    await closed.promise
  })
})

test('a reader that does not read holds the server back', async () => {
  let sent = 0
  const stalled = Promise.withResolvers<void>()
  const part = Buffer.alloc(64 * 1024, 'a')
  const server = await serverThat((socket) => {
    socket.write(`${OK}\r\n`)
    const more = () => {
      while (sent < 200e6) {
        sent += part.length
        if (!socket.write(part)) break
      }
    }
    socket.on('drain', more)
    more()
    let before = -1
    const timer = setInterval(() => {
      if (sent === before) stalled.resolve()
      before = sent
    }, 200)
    socket.on('close', () => clearInterval(timer))
  })
  const { signal } = new AbortController()
  const { body } = await createClient().send({ method: 'GET', url: server.url, headers: {}, body: undefined, signal })
  await stalled.promise
  expect(sent).toBeLessThan(50e6) // what the kernel's buffers hold
  let read = 0
  while (read < 100e6) read += (await body.read())!.length
  body.cancel()
})
