import { afterAll, describe, expect, test } from 'bun:test'
import { createServer, type Server, type Socket } from 'node:net'
import { GatewayError } from '../errors.ts'
import { send } from './send.ts'
import { asTransportError } from './transport-error.ts'

const servers: Server[] = []
afterAll(() => servers.forEach((server) => server.close()))

/** The URL of a server that calls `respond` for each connection on which data arrives. */
async function serverThat(respond: (socket: Socket) => void): Promise<string> {
  const server = createServer((socket) => {
    socket.on('error', () => {}) // the client can disconnect at any time
    socket.once('data', () => respond(socket))
  })
  servers.push(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  return `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`
}

async function unusedUrl(): Promise<string> {
  const url = await serverThat(() => {})
  const server = servers.pop()!
  await new Promise((resolve) => server.close(resolve))
  return url
}

const response = (status: string, ...headers: string[]) => `HTTP/1.1 ${status}\r\n${headers.join('\r\n')}\r\n\r\n`

const post = (url: string, signal = new AbortController().signal) =>
  send({ url, headers: { 'x-test': '1' }, body: () => new Uint8Array(Buffer.from('{}')), signal })

async function failureOf(sent: Promise<unknown>): Promise<unknown> {
  try {
    return await sent
  } catch (thrown) {
    return thrown
  }
}

describe('a connection that fails is an error with a code', () => {
  test.each<[string, () => Promise<string>, string]>([
    ['connection refused', unusedUrl, 'upstream_unreachable'],
    ['no such host', async () => 'http://no-such-host.invalid', 'upstream_unreachable'],
    ['reset before the response', () => serverThat((socket) => socket.resetAndDestroy()), 'upstream_reset'],
    ['closed before the response', () => serverThat((socket) => socket.end()), 'upstream_reset'],
    [
      'closed within the headers',
      () => serverThat((socket) => socket.end('HTTP/1.1 200 OK\r\ncontent-')),
      'upstream_reset',
    ],
    ['not HTTP', () => serverThat((socket) => socket.end('SSH-2.0-OpenSSH_9.6\r\n\r\n')), 'upstream_malformed'],
  ])('%s', async (_title, url, code) => {
    const failure = await failureOf(post(await url()))
    expect(failure).toBeInstanceOf(GatewayError)
    expect(failure).toMatchObject({ code, retryable: true, details: { cause: expect.anything() } })
    expect((failure as GatewayError).message).not.toMatch(/127|invalid|\d{4}/) // the runtime's message can contain addresses
  })

  test.each([
    ['CERT_HAS_EXPIRED', 'upstream_unreachable'],
    ['DEPTH_ZERO_SELF_SIGNED_CERT', 'upstream_unreachable'],
    ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'upstream_unreachable'],
    ['ERR_TLS_CERT_ALTNAME_INVALID', 'upstream_unreachable'],
    ['ECONNREFUSED', 'upstream_unreachable'],
    ['ConnectionRefused', 'upstream_unreachable'],
    ['EHOSTUNREACH', 'upstream_unreachable'],
    ['EAI_AGAIN', 'upstream_unreachable'],
    ['ECONNRESET', 'upstream_reset'],
    ['EPROTO', 'upstream_unreachable'],
    ['ERR_PROXY_TUNNEL', 'upstream_unreachable'],
    ['', 'upstream_reset'],
  ])('runtime error code %p: %s', (code, expected) =>
    expect(asTransportError(Object.assign(new Error('no'), { code })).code).toBe(expected as never),
  )

  test('a GatewayError stays as it is, and a thrown value that is no Error becomes one', () => {
    const existing = new GatewayError('upstream_timeout', 'late')
    expect(asTransportError(existing)).toBe(existing)
    expect(asTransportError('boo')).toMatchObject({ code: 'upstream_reset', details: { cause: 'boo' } })
  })
})

test('a redirect is not followed: it could send the API key to another host', async () => {
  let followed = 0
  const redirectTarget = await serverThat((socket) => {
    followed++
    socket.end(response('200 OK', 'content-length: 0'))
  })
  for (const status of ['301 Moved', '302 Found', '307 Temporary', '308 Permanent']) {
    const url = await serverThat((socket) =>
      socket.end(response(status, `location: ${redirectTarget}`, 'content-length: 0')),
    )
    expect((await post(url)).status).toBe(Number(status.slice(0, 3)))
  }
  expect(followed).toBe(0)
})

describe('an abort rejects with its own reason', () => {
  const reason = new GatewayError('client_closed', 'The client disconnected.')

  test('before the connection', async () => {
    expect(await failureOf(post(await serverThat(() => {}), AbortSignal.abort(reason)))).toBe(reason)
  })

  test('while waiting for the response', async () => {
    const controller = new AbortController()
    const url = await serverThat(() => controller.abort(reason))
    expect(await failureOf(post(url, controller.signal))).toBe(reason)
  })

  test('and it closes the connection', async () => {
    const controller = new AbortController()
    const closed = Promise.withResolvers<void>()
    const url = await serverThat((socket) => {
      socket.on('close', () => closed.resolve())
      controller.abort(reason)
    })
    await failureOf(post(url, controller.signal))
    await closed.promise
  })
})

test('the upstream receives a POST with the given headers and bytes', async () => {
  const received = Promise.withResolvers<Request>()
  using server = Bun.serve({
    port: 0,
    hostname: '127.0.0.1',
    async fetch(request) {
      received.resolve(
        new Request(request.url, { method: request.method, headers: request.headers, body: await request.text() }),
      )
      return new Response('yes', { status: 418 })
    },
  })
  const answer = await post(`${server.url}v1/chat/completions?api-version=1`)
  const text = Buffer.from(await answer.body.readAll(100, () => new Error('large'))).toString()
  expect([answer.status, text]).toEqual([418, 'yes'])
  const request = await received.promise
  expect([request.method, new URL(request.url).pathname, request.headers.get('x-test'), await request.text()]).toEqual([
    'POST',
    '/v1/chat/completions',
    '1',
    '{}',
  ])
})
