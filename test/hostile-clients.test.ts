// Clients that break the rules of HTTP: their responses, their connections, and which requests reach an upstream.
import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { Socket } from 'node:net'
import { brotliCompressSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib'
import { expectedText } from '../src/sim/expected.ts'
import { type Fleet, startFleet } from '../src/sim/fleet.ts'
import { chat, eventually, KEY, oneModel, series, startGateway, type TestGateway } from './gateway.ts'
import { exchange } from './raw.ts'

let fleet: Fleet
let gateway: TestGateway
beforeAll(async () => {
  fleet = await startFleet({ servers: 1, speed: 0 })
  gateway = await startGateway({ ...oneModel(fleet.urls), server: { maxBody: '1mb' } })
})
afterAll(async () => {
  await gateway?.stop()
  fleet?.stop()
})

const upstreamCalls = async () =>
  series(await gateway.metrics(), 'llm_provider_requests_total{provider="gpu",model="sim-1b"}')

const BODY = JSON.stringify(chat('Hi', { max_tokens: 2 }))
const SIZE = BODY.length.toString(16)
const LENGTH = `Content-Length: ${BODY.length}\r\n`
const CHUNKED = 'Transfer-Encoding: chunked\r\n'
const CHUNKS = `${SIZE}\r\n${BODY}\r\n0\r\n\r\n`

interface Parts {
  readonly line?: string
  readonly host?: string
  readonly headers?: string
  readonly body?: string
}

/** A valid request in bytes, except for what a test changes. */
const call = ({
  line = 'POST /v1/chat/completions HTTP/1.1',
  host = 'Host: x\r\n',
  headers = LENGTH,
  body = BODY,
}: Parts) => `${line}\r\n${host}Authorization: Bearer ${KEY}\r\n${headers}\r\n${body}`
const get = (target: string, more: Parts = {}) =>
  call({ line: `GET ${target} HTTP/1.1`, headers: '', body: '', ...more })

/** `open`: the connection can be used again. */
type Row = readonly [title: string, bytes: string | Buffer, statuses: readonly number[], after: 'open' | 'closed']

async function expectAnswer(bytes: Row[1], statuses: Row[2], after: Row[3], forwarded: number) {
  const before = await upstreamCalls()
  const answers = statuses.filter((status) => status >= 200).length
  const answer = await exchange(gateway.url, bytes, after === 'open' ? answers : Infinity)
  expect({ statuses: answer.statuses, after: answer.isClosed ? 'closed' : 'open' }).toEqual({
    statuses: [...statuses],
    after,
  })
  expect((await upstreamCalls()) - before).toBe(forwarded)
}

const REJECTED: readonly Row[] = [
  ['a content-length before chunked', call({ headers: LENGTH + CHUNKED, body: CHUNKS }), [400], 'closed'],
  ['chunked before a content-length', call({ headers: CHUNKED + LENGTH, body: CHUNKS }), [400], 'closed'],
  ['two different content-lengths', call({ headers: `${LENGTH}Content-Length: 3\r\n` }), [400], 'closed'],
  ['a list as content-length', call({ headers: 'Content-Length: 5, 5\r\n' }), [400], 'closed'],
  ['a content-length with a plus sign', call({ headers: `Content-Length: +${BODY.length}\r\n` }), [400], 'closed'],
  ['a negative content-length', call({ headers: 'Content-Length: -1\r\n' }), [400], 'closed'],
  ['a hexadecimal content-length', call({ headers: 'Content-Length: 0x10\r\n' }), [400], 'closed'],
  ['a content-length of twenty digits', call({ headers: 'Content-Length: 99999999999999999999\r\n' }), [400], 'closed'],
  ['an invalid chunk size', call({ headers: CHUNKED, body: 'zz\r\nhello\r\n0\r\n\r\n' }), [400], 'closed'],
  ['a negative chunk size', call({ headers: CHUNKED, body: '-5\r\nhello\r\n0\r\n\r\n' }), [400], 'closed'],
  [
    'a chunk size of twenty digits',
    call({ headers: CHUNKED, body: `${'f'.repeat(20)}\r\nx\r\n0\r\n\r\n` }),
    [400],
    'closed',
  ],
  ['a chunk longer than its size', call({ headers: CHUNKED, body: '5\r\nhelloworld\r\n0\r\n\r\n' }), [400], 'closed'],
  ['chunks with bare line feeds', call({ headers: CHUNKED, body: CHUNKS.replaceAll('\r\n', '\n') }), [400], 'closed'],
  [
    'a transfer coding before chunked',
    call({ headers: 'Transfer-Encoding: gzip, chunked\r\n', body: CHUNKS }),
    [400],
    'closed',
  ],
  [
    'a transfer coding after chunked',
    call({ headers: 'Transfer-Encoding: chunked, identity\r\n', body: CHUNKS }),
    [400],
    'closed',
  ],
  [
    'a transfer-encoding hidden by a control character',
    call({ headers: 'Transfer-Encoding: \vchunked\r\n', body: CHUNKS }),
    [400],
    'closed',
  ],
  [
    'a transfer-encoding hidden by a space',
    call({ headers: 'Transfer-Encoding : chunked\r\n', body: CHUNKS }),
    [400],
    'closed',
  ],
  ['chunked twice', call({ headers: CHUNKED + CHUNKED, body: CHUNKS }), [400], 'closed'],
  ['bare line feeds', call({}).replaceAll('\r\n', '\n'), [505], 'closed'],
  ['one bare line feed', call({ headers: `X-A: a\nX-B: b\r\n${LENGTH}` }), [400], 'closed'],
  ['a bare carriage return', call({ headers: `X-A: a\rb\r\n${LENGTH}` }), [400], 'closed'],
  ['a request without a host', call({ host: '' }), [400], 'closed'],
  ['a request with two hosts', call({ host: 'Host: x\r\nHost: y\r\n' }), [400], 'closed'],
  ['a host with a path', call({ host: 'Host: x/health?\r\n' }), [400], 'closed'],
  ['a host with a space', call({ host: 'Host: x y\r\n' }), [400], 'closed'],
  ['a CONNECT without a host', call({ host: 'Host:\r\n', line: 'CONNECT evil:443 HTTP/1.1' }), [400], 'closed'],
  ['a folded header', call({ headers: `X-A: a\r\n b\r\n${LENGTH}` }), [400], 'closed'],
  ['a header without a colon', call({ headers: `Nonsense\r\n${LENGTH}` }), [400], 'closed'],
  ['a header without a name', call({ headers: `: b\r\n${LENGTH}` }), [400], 'closed'],
  ['a header name with a space', call({ headers: `X A: b\r\n${LENGTH}` }), [400], 'closed'],
  ['a NUL in a header', call({ headers: `X-A: a\0b\r\n${LENGTH}` }), [400], 'closed'],
  ['a header of 100 KB', call({ headers: `X-A: ${'a'.repeat(100_000)}\r\n${LENGTH}` }), [431], 'closed'],
  ['10,000 headers', call({ headers: 'X-A: b\r\n'.repeat(10_000) + LENGTH }), [431], 'closed'],
  ['a request line of 100 KB', get(`/${'a'.repeat(100_000)}`), [431], 'closed'],
  ['a NUL in the path', get('/hea\0lth'), [505], 'closed'],
  ['a space in the path', get('/hea lth'), [505], 'closed'],
  ['a path without a leading slash', get('health'), [400], 'closed'],
  ['a CONNECT to another host', get('', { line: 'CONNECT evil.example:443 HTTP/1.1' }), [400], 'closed'],
  ['HTTP/0.9', 'GET /health\r\n\r\n', [505], 'closed'],
  ['HTTP/2', call({ line: 'POST /v1/chat/completions HTTP/2.0' }), [505], 'closed'],
  ['the connection preface of HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', [400], 'closed'],
  ['a TLS handshake', Buffer.from('16030100c1010000bd0303', 'hex'), [400], 'closed'],
  ['text that is not HTTP', 'hello\r\n\r\n', [400], 'closed'],
  // Bun does not know this method and closes the connection.
  ['an unknown method', get('', { line: 'BREW /health HTTP/1.1' }), [], 'closed'],
  [
    'a body longer than its content-length',
    call({ headers: `Content-Length: ${BODY.length - 1}\r\n` }),
    [400],
    'closed',
  ],
]
test.each(REJECTED)('%s is rejected', (_title, bytes, statuses, after) => expectAnswer(bytes, statuses, after, 0))

const HANDLED_HERE: readonly Row[] = [
  ['TRACE', get('', { line: 'TRACE /health HTTP/1.1' }), [405], 'open'],
  ['a CONNECT to a path', get('', { line: 'CONNECT /v1/chat/completions HTTP/1.1' }), [405], 'open'],
  [
    'a WebSocket upgrade',
    get('/v1/chat/completions', { headers: 'Connection: Upgrade\r\nUpgrade: websocket\r\n' }),
    [405],
    'open',
  ],
  ['a path with two leading slashes that leads to nothing', get('//nowhere'), [404], 'open'],
  ['a percent-encoded NUL', get('/health%00'), [404], 'open'],
  [
    'a path with percent-encoded dots that leads to the admin API',
    'GET /v1/%2e%2e/admin/endpoints HTTP/1.1\r\nHost: x\r\n\r\n',
    [401],
    'open',
  ],
  ['a percent-encoded slash', get('/v1/..%2fhealth'), [404], 'open'],
  ['a path that is not UTF-8', Buffer.from(get('/v1/\xff\xfe'), 'latin1'), [404], 'open'],
  [
    'a request inside the body of a rejected one',
    `POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nContent-Length: ${call({}).length}\r\n\r\n${call({})}`,
    [401],
    'open',
  ],
  ['a health check in HTTP/1.0 without a host', 'GET /health HTTP/1.0\r\n\r\n', [200], 'closed'],
  ['a health check with an absolute URL as target', get('http://evil.example/health'), [200], 'open'],
]
test.each(HANDLED_HERE)('%s gets a response from Sluice itself', (_title, bytes, statuses, after) =>
  expectAnswer(bytes, statuses, after, 0),
)

const FORWARDED: readonly Row[] = [
  ['an absolute URL as target', call({ line: 'POST http://evil.example/v1/chat/completions HTTP/1.1' }), [200], 'open'],
  ['HTTP/1.0', call({ line: 'POST /v1/chat/completions HTTP/1.0' }), [200], 'closed'],
  ['a chunked body', call({ headers: CHUNKED, body: CHUNKS }), [200], 'open'],
  [
    'a chunked body with an extension',
    call({ headers: CHUNKED, body: CHUNKS.replace('\r\n', ';a=b\r\n') }),
    [200],
    'open',
  ],
  ['the same content-length twice', call({ headers: LENGTH + LENGTH }), [200], 'open'],
  ['a request that expects 100 Continue', call({ headers: `Expect: 100-continue\r\n${LENGTH}` }), [100, 200], 'open'],
  ['an upgrade to HTTP/2 (h2c)', call({ headers: `Connection: Upgrade\r\nUpgrade: h2c\r\n${LENGTH}` }), [200], 'open'],
  ['a wrong charset', call({ headers: `Content-Type: application/json; charset=utf-16\r\n${LENGTH}` }), [200], 'open'],
  ['a request after a health check on the same connection', get('/health') + call({}), [200, 200], 'open'],
]
test.each(FORWARDED)('%s is forwarded like any other request', (_title, bytes, statuses, after) =>
  expectAnswer(bytes, statuses, after, 1),
)

test('a pipelined request closes the connection, because Bun handles one request per connection at a time', async () => {
  const answer = await exchange(gateway.url, call({}) + call({}))
  expect(answer).toEqual({ text: '', statuses: [], isClosed: true })
})

test('a client that disconnects before its body is complete causes no upstream request', async () => {
  const before = await upstreamCalls()
  const closed = () => gateway.metrics().then((text) => series(text, CLIENT_CLOSED))
  const left = await closed()
  const socket = new Socket()
  socket.connect(Number(new URL(gateway.url).port), '127.0.0.1')
  socket.end(call({ headers: `Content-Length: ${BODY.length + 1}\r\n` }))
  await eventually(async () => (await closed()) !== left)
  expect(await upstreamCalls()).toBe(before)
})
const CLIENT_CLOSED = 'http_requests_total{method="POST",route="/v1",operation="chat",status="499"}'

describe('a compressed body is accepted:', () => {
  test.each([
    ['gzip', gzipSync],
    ['X-GZIP', gzipSync],
    ['deflate', deflateSync],
    ['br', brotliCompressSync],
    ['zstd', zstdCompressSync],
    ['identity', (body: string) => Buffer.from(body)],
  ])('%s', async (encoding, compress) => {
    const response = await gateway.post('/v1/chat/completions', compress(BODY), { 'content-encoding': encoding })
    const { choices } = (await response.json()) as { choices: { message: { content: string } }[] }
    expect(choices[0]!.message.content).toBe(expectedText(chat('Hi', { max_tokens: 2 })))
  })
})
