// HTTP/2 from clients (`server.http2`).
import { afterEach, beforeEach, expect, test } from 'bun:test'
import { type ClientHttp2Session, connect } from 'node:http2'
import { connect as connectTls } from 'node:tls'
import { createCertificate } from './certificate.ts'
import { chat, eventually, KEY, startGateway, type TestGateway } from './gateway.ts'
import { type ManualUpstream, startManualUpstream } from './manual-upstream.ts'

const certificate = createCertificate()
const tls = { certificate: certificate.cert, key: certificate.key }

let gateway: TestGateway | undefined
let session: ClientHttp2Session | undefined
let upstream: ManualUpstream
beforeEach(async () => {
  upstream = await startManualUpstream()
})
afterEach(async () => {
  session?.destroy()
  session = undefined
  await gateway?.stop()
  gateway = undefined
  upstream.stop()
})

async function start(server: object): Promise<void> {
  gateway = await startGateway({
    server,
    providers: { up: { type: 'openai-compatible', baseUrl: upstream.url } },
    models: { 'sim-1b': 'up/m' },
  })
  session = connect(gateway.url.replace('127.0.0.1', 'localhost'), { ca: certificate.cert })
  session.on('error', () => {})
}

/** A request; `text` grows as its response arrives. */
function request(path: string, body?: object, headers: Record<string, string> = {}) {
  const method = body ? 'POST' : 'GET'
  const stream = session!.request({ ':path': path, ':method': method, authorization: `Bearer ${KEY}`, ...headers })
  const state = {
    status: 0,
    headers: {} as Record<string, unknown>,
    text: '',
    stream,
    ended: Promise.withResolvers<void>(),
  }
  stream.setEncoding('utf8')
  stream.on('response', (received) => {
    state.status = Number(received[':status'])
    state.headers = received
  })
  stream.on('data', (data: string) => (state.text += data))
  stream.on('close', () => state.ended.resolve())
  stream.on('error', () => {})
  stream.end(body && JSON.stringify(body))
  return state
}

const EVENT = `data: {"id":"c","choices":[{"index":0,"delta":{"content":"yes"},"finish_reason":null}]}\n\n`

test.each([
  ['over TLS', { http2: true, tls }],
  ['without TLS, with prior knowledge', { http2: true }],
])('%s: many requests share one connection', async (_, server) => {
  await start(server)
  const requests = Array.from({ length: 20 }, () => request('/v1/chat/completions', chat('Hello')))
  for (const _each of requests)
    (await upstream.next()).answer({ choices: [{ message: { content: 'yes' }, finish_reason: 'stop' }] })
  await Promise.all(requests.map(({ ended }) => ended.promise))
  expect(requests.map(({ status }) => status)).toEqual(requests.map(() => 200))
  expect(requests[0]!.text).toContain('"yes"')
  expect(requests[0]!.headers['x-request-id']).toBeString()
})

test('a stream arrives event by event, and a client that resets it aborts the upstream', async () => {
  await start({ http2: true, tls })
  const response = request('/v1/chat/completions', chat('Hello', { stream: true }))
  const other = request('/health/liveness')
  const exchange = await upstream.next()
  exchange.beginStream()
  exchange.write(EVENT)
  await eventually(() => response.text.includes('yes'))
  await other.ended.promise
  expect(other.status).toBe(200)
  response.stream.close(8)
  await eventually(exchange.isCut)
  const after = request('/v1/models')
  await after.ended.promise
  expect(after.status).toBe(200)
})

test.each([
  ['no key', '/v1/models', { authorization: '' }, 401],
  ['several hosts', '/v1/models', { ':authority': 'a,b' }, 400],
  ['large headers', '/v1/models', { 'x-a': 'a'.repeat(20_000) }, 431],
  ['an unknown path', '/nowhere', {}, 404],
])('%s: an error, and the connection stays good', async (_, path, headers, status) => {
  await start({ http2: true, tls })
  const failed = request(path, undefined, headers as Record<string, string>)
  await failed.ended.promise
  expect(failed.status).toBe(status)
  const next = request('/v1/models')
  await next.ended.promise
  expect(next.status).toBe(200)
})

test.each([
  [{ tls }, [false, false]],
  [{ http2: true, tls }, ['h2', 'http/1.1']],
])('%p: a client that offers both and one that does not get %p', async (server, expected) => {
  await start(server)
  const chosen = (ALPNProtocols: string[]) =>
    new Promise<unknown>((resolve, reject) => {
      const socket = connectTls(
        {
          host: '127.0.0.1',
          port: Number(new URL(gateway!.url).port),
          servername: 'localhost',
          ca: certificate.cert,
          ALPNProtocols,
        },
        () => {
          resolve(socket.alpnProtocol)
          socket.destroy()
        },
      )
      socket.on('error', reject)
    })
  expect([await chosen(['h2', 'http/1.1']), await chosen(['http/1.1'])]).toEqual(expected)
})
