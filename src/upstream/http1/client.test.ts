import { describe, expect, test } from 'bun:test'
import {
  CHUNKED,
  clients,
  createClient,
  exchange,
  failureOf,
  HELLO,
  OK,
  serverThat,
  TOO_LARGE,
} from '../../../test/raw-upstream.ts'
import { HttpClient } from './client.ts'
import { HostAddresses } from './host-addresses.ts'

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

test('a response that is complete, but not read, does not hold up the next request of its connection', async () => {
  let length = 0
  const server = await serverThat((socket) =>
    socket.write(`${OK}content-length: ${length}\r\n\r\n${'a'.repeat(length)}`),
  )
  const client = createClient()
  const { signal } = new AbortController()
  for (length = 130_000; length < 400_000; length += 30_000) {
    const { body } = await client.send({ method: 'GET', url: server.url, headers: {}, body: undefined, signal })
    expect((await exchange(client, server.url)).text).toHaveLength(length)
    expect(await body.readAll(length, () => TOO_LARGE)).toHaveLength(length)
  }
})

test('a connection is used after a request that could not be sent', async () => {
  const server = await serverThat((socket) => socket.write(HELLO))
  const client = createClient()
  for (const headers of [{}, { 'x-test': '\n' }, {}, { 'x-test': '\n' }, {}])
    await exchange(client, server.url, { headers: headers as Record<string, string> }).catch(() => {})
  expect(server.requests).toHaveLength(3)
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
