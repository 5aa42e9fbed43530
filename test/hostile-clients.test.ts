// Clients that break the rules of HTTP: what each gets, what becomes of its connection, and that no upstream is asked.
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

/** A good call in bytes, but for what a test changes. */
const call = ({
  line = 'POST /v1/chat/completions HTTP/1.1',
  host = 'Host: x\r\n',
  headers = LENGTH,
  body = BODY,
}: Parts) => `${line}\r\n${host}Authorization: Bearer ${KEY}\r\n${headers}\r\n${body}`
const get = (target: string, more: Parts = {}) =>
  call({ line: `GET ${target} HTTP/1.1`, headers: '', body: '', ...more })

/** `open`: the connection may be used again. */
type Row = readonly [title: string, bytes: string | Buffer, statuses: readonly number[], after: 'open' | 'closed']

async function expectAnswer(bytes: Row[1], statuses: Row[2], after: Row[3], asked: number) {
  const before = await upstreamCalls()
  const answers = statuses.filter((status) => status >= 200).length
  const answer = await exchange(gateway.url, bytes, after === 'open' ? answers : Infinity)
  expect({ statuses: answer.statuses, after: answer.isClosed ? 'closed' : 'open' }).toEqual({
    statuses: [...statuses],
    after,
  })
  expect((await upstreamCalls()) - before).toBe(asked)
}

const REFUSED: readonly Row[] = [
  ['a length and chunks', call({ headers: LENGTH + CHUNKED, body: CHUNKS }), [400], 'closed'],
  ['chunks and a length', call({ headers: CHUNKED + LENGTH, body: CHUNKS }), [400], 'closed'],
  ['two lengths', call({ headers: `${LENGTH}Content-Length: 3\r\n` }), [400], 'closed'],
  ['a list of lengths', call({ headers: 'Content-Length: 5, 5\r\n' }), [400], 'closed'],
  ['a length with a plus', call({ headers: `Content-Length: +${BODY.length}\r\n` }), [400], 'closed'],
  ['a negative length', call({ headers: 'Content-Length: -1\r\n' }), [400], 'closed'],
  ['a length in hexadecimal', call({ headers: 'Content-Length: 0x10\r\n' }), [400], 'closed'],
  ['a length of twenty digits', call({ headers: 'Content-Length: 99999999999999999999\r\n' }), [400], 'closed'],
  ['a chunk size that is none', call({ headers: CHUNKED, body: 'zz\r\nhello\r\n0\r\n\r\n' }), [400], 'closed'],
  ['a negative chunk', call({ headers: CHUNKED, body: '-5\r\nhello\r\n0\r\n\r\n' }), [400], 'closed'],
  [
    'a chunk size beyond all numbers',
    call({ headers: CHUNKED, body: `${'f'.repeat(20)}\r\nx\r\n0\r\n\r\n` }),
    [400],
    'closed',
  ],
  ['a chunk longer than its size', call({ headers: CHUNKED, body: '5\r\nhelloworld\r\n0\r\n\r\n' }), [400], 'closed'],
  ['chunks with bare line feeds', call({ headers: CHUNKED, body: CHUNKS.replaceAll('\r\n', '\n') }), [400], 'closed'],
  [
    'a coding before the chunks',
    call({ headers: 'Transfer-Encoding: gzip, chunked\r\n', body: CHUNKS }),
    [400],
    'closed',
  ],
  [
    'a coding after the chunks',
    call({ headers: 'Transfer-Encoding: chunked, identity\r\n', body: CHUNKS }),
    [400],
    'closed',
  ],
  [
    'chunks hidden by a control character',
    call({ headers: 'Transfer-Encoding: \vchunked\r\n', body: CHUNKS }),
    [400],
    'closed',
  ],
  ['chunks hidden by a space', call({ headers: 'Transfer-Encoding : chunked\r\n', body: CHUNKS }), [400], 'closed'],
  ['chunks said twice', call({ headers: CHUNKED + CHUNKED, body: CHUNKS }), [400], 'closed'],
  ['bare line feeds', call({}).replaceAll('\r\n', '\n'), [505], 'closed'],
  ['one bare line feed', call({ headers: `X-A: a\nX-B: b\r\n${LENGTH}` }), [400], 'closed'],
  ['a bare carriage return', call({ headers: `X-A: a\rb\r\n${LENGTH}` }), [400], 'closed'],
  ['no host', call({ host: '' }), [400], 'closed'],
  ['two hosts', call({ host: 'Host: x\r\nHost: y\r\n' }), [400], 'closed'],
  ['a host that holds a path', call({ host: 'Host: x/health?\r\n' }), [400], 'closed'],
  ['a host with a space', call({ host: 'Host: x y\r\n' }), [400], 'closed'],
  ['a tunnel without a host', call({ host: 'Host:\r\n', line: 'CONNECT evil:443 HTTP/1.1' }), [400], 'closed'],
  ['a folded header', call({ headers: `X-A: a\r\n b\r\n${LENGTH}` }), [400], 'closed'],
  ['a header without a colon', call({ headers: `Nonsense\r\n${LENGTH}` }), [400], 'closed'],
  ['a header without a name', call({ headers: `: b\r\n${LENGTH}` }), [400], 'closed'],
  ['a name with a space', call({ headers: `X A: b\r\n${LENGTH}` }), [400], 'closed'],
  ['a NUL in a header', call({ headers: `X-A: a\0b\r\n${LENGTH}` }), [400], 'closed'],
  ['a header of 100 KB', call({ headers: `X-A: ${'a'.repeat(100_000)}\r\n${LENGTH}` }), [431], 'closed'],
  ['10,000 headers', call({ headers: 'X-A: b\r\n'.repeat(10_000) + LENGTH }), [431], 'closed'],
  ['a request line of 100 KB', get(`/${'a'.repeat(100_000)}`), [431], 'closed'],
  ['a NUL in the path', get('/hea\0lth'), [505], 'closed'],
  ['a space in the path', get('/hea lth'), [505], 'closed'],
  ['a path without its slash', get('health'), [400], 'closed'],
  ['a tunnel to elsewhere', get('', { line: 'CONNECT evil.example:443 HTTP/1.1' }), [400], 'closed'],
  ['HTTP/0.9', 'GET /health\r\n\r\n', [505], 'closed'],
  ['HTTP/2', call({ line: 'POST /v1/chat/completions HTTP/2.0' }), [505], 'closed'],
  ["HTTP/2's greeting", 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', [400], 'closed'],
  ['TLS', Buffer.from('16030100c1010000bd0303', 'hex'), [400], 'closed'],
  ['no HTTP at all', 'hello\r\n\r\n', [400], 'closed'],
  // The runtime does not know these methods and hangs up.
  ['an unknown method', get('', { line: 'BREW /health HTTP/1.1' }), [], 'closed'],
  ['a body that ends too early', call({ headers: `Content-Length: ${BODY.length - 1}\r\n` }), [400], 'closed'],
]
test.each(REFUSED)('%s is refused', (_title, bytes, statuses, after) => expectAnswer(bytes, statuses, after, 0))

const ANSWERED: readonly Row[] = [
  ['trace', get('', { line: 'TRACE /health HTTP/1.1' }), [405], 'open'],
  ['a tunnel to a path', get('', { line: 'CONNECT /v1/chat/completions HTTP/1.1' }), [405], 'open'],
  [
    'a WebSocket',
    get('/v1/chat/completions', { headers: 'Connection: Upgrade\r\nUpgrade: websocket\r\n' }),
    [405],
    'open',
  ],
  ['two slashes', call({ line: 'POST //v1/chat/completions HTTP/1.1' }), [404], 'open'],
  ['a NUL in disguise', get('/health%00'), [404], 'open'],
  [
    'dots in disguise that lead to what wants a key',
    'GET /v1/%2e%2e/admin/endpoints HTTP/1.1\r\nHost: x\r\n\r\n',
    [401],
    'open',
  ],
  ['a slash in disguise', get('/v1/..%2fhealth'), [404], 'open'],
  ['bytes that are no characters', Buffer.from(get('/v1/\xff\xfe'), 'latin1'), [404], 'open'],
  [
    'a call inside the body of one that is refused',
    `POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nContent-Length: ${call({}).length}\r\n\r\n${call({})}`,
    [401],
    'open',
  ],
  ['a balancer that asks in HTTP/1.0 without a host', 'GET /health HTTP/1.0\r\n\r\n', [200], 'closed'],
  ['a whole URL as target', get('http://evil.example/health'), [200], 'open'],
]
test.each(ANSWERED)('%s is answered by ourselves', (_title, bytes, statuses, after) =>
  expectAnswer(bytes, statuses, after, 0),
)

const PASSED: readonly Row[] = [
  ['a whole URL as target', call({ line: 'POST http://evil.example/v1/chat/completions HTTP/1.1' }), [200], 'open'],
  ['HTTP/1.0', call({ line: 'POST /v1/chat/completions HTTP/1.0' }), [200], 'closed'],
  ['chunks', call({ headers: CHUNKED, body: CHUNKS }), [200], 'open'],
  ['a chunk with an extension', call({ headers: CHUNKED, body: CHUNKS.replace('\r\n', ';a=b\r\n') }), [200], 'open'],
  ['the same length twice', call({ headers: LENGTH + LENGTH }), [200], 'open'],
  [
    'a client that waits to be told to go on',
    call({ headers: `Expect: 100-continue\r\n${LENGTH}` }),
    [100, 200],
    'open',
  ],
  ['an offer of HTTP/2', call({ headers: `Connection: Upgrade\r\nUpgrade: h2c\r\n${LENGTH}` }), [200], 'open'],
  ['a wrong charset', call({ headers: `Content-Type: application/json; charset=utf-16\r\n${LENGTH}` }), [200], 'open'],
  ['a call after a page', get('/health') + call({}), [200, 200], 'open'],
]
test.each(PASSED)('%s is a call like any other', (_title, bytes, statuses, after) =>
  expectAnswer(bytes, statuses, after, 1),
)

test('a call sent behind another that is not answered yet ends the connection: the runtime has one answer at a time', async () => {
  const answer = await exchange(gateway.url, call({}) + call({}))
  expect(answer).toEqual({ text: '', statuses: [], isClosed: true })
})

test('a client that leaves before its body is complete costs no upstream call', async () => {
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

describe('a packed body is a body', () => {
  test.each([
    ['gzip', gzipSync],
    ['X-GZIP', gzipSync],
    ['deflate', deflateSync],
    ['br', brotliCompressSync],
    ['zstd', zstdCompressSync],
    ['identity', (body: string) => Buffer.from(body)],
  ])('%s', async (encoding, pack) => {
    const response = await gateway.post('/v1/chat/completions', pack(BODY), { 'content-encoding': encoding })
    const { choices } = (await response.json()) as { choices: { message: { content: string } }[] }
    expect(choices[0]!.message.content).toBe(expectedText(chat('Hi', { max_tokens: 2 })))
  })
})
