// Upstreams that break the rules of HTTP: what clients get, and that nothing of one response reaches another request.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'bun:test'
import { gzipSync } from 'node:zlib'
import { chat, KEY, startGateway, type TestGateway } from './gateway.ts'
import { exchange, type RawServer, startRawServer } from './raw.ts'

let upstream: RawServer
let redirectTarget: RawServer
let gateway: TestGateway
beforeAll(async () => {
  upstream = await startRawServer()
  redirectTarget = await startRawServer()
  gateway = await startGateway({
    providers: {
      raw: { type: 'openai-compatible', baseUrl: upstream.url, apiKey: 'sk-upstream', headers: { 'x-team': 'blue' } },
    },
    models: {
      'sim-1b': { targets: ['raw/sim-1b'], retries: 0, timeouts: { firstEvent: '30s', idle: '30s', total: '40s' } },
    },
  })
})
afterAll(async () => {
  await gateway?.stop()
  upstream?.stop()
  redirectTarget?.stop()
})
beforeEach(() => {
  upstream.requests.length = 0
})

const answerOf = (content: string) =>
  JSON.stringify({
    object: 'chat.completion',
    choices: [{ index: 0, message: { role: 'assistant', content }, finish_reason: 'stop' }],
  })
const chunkOf = (content: string, finish: string | null = null) =>
  `data: ${JSON.stringify({ id: 'x', choices: [{ index: 0, delta: { content }, finish_reason: finish }] })}\n\n`
const GOOD = answerOf('fine')
const STREAM = `${chunkOf('fi')}${chunkOf('ne', 'stop')}data: [DONE]\n\n`
const JSON_TYPE = 'Content-Type: application/json\r\n'
const EVENTS_TYPE = 'Content-Type: text/event-stream\r\n'
const CHUNKED = 'Transfer-Encoding: chunked\r\n'
const lengthOf = (body: string | Uint8Array) => `Content-Length: ${body.length}\r\n`
const http = (headers: string, body: string | Uint8Array = '', line = 'HTTP/1.1 200 OK') =>
  Buffer.concat([Buffer.from(`${line}\r\n${headers}\r\n`, 'latin1'), Buffer.from(body as string)])
const chunked = (body: string, end = '0\r\n\r\n') => `${body.length.toString(16)}\r\n${body}\r\n${end}`
const whole = (headers = '', body = GOOD) => http(JSON_TYPE + lengthOf(body) + headers, body)
const redirect = (status: string) => () =>
  http(`Location: ${redirectTarget.url}/v1/chat/completions\r\nContent-Length: 0\r\n`, '', `HTTP/1.1 ${status}`)

const ask = (stream = false, headers = {}) => gateway.post('/v1/chat/completions', chat('x', { stream }), headers)
/** Makes the upstream send these bytes and close the connection. */
const respondWith = (bytes: Uint8Array) => {
  upstream.respond = (socket) => socket.end(bytes)
}

describe('an upstream response is forwarded:', () => {
  test.each<[string, Uint8Array]>([
    ['a correct one', whole()],
    ['chunked', http(JSON_TYPE + CHUNKED, chunked(GOOD))],
    ['chunked with trailers', http(JSON_TYPE + CHUNKED, chunked(GOOD, '0\r\nX-Sum: a\r\n\r\n'))],
    ['after 100 Continue', Buffer.concat([http('', '', 'HTTP/1.1 100 Continue'), whole()])],
    ['after 103 Early Hints', Buffer.concat([http('Link: </x>\r\n', '', 'HTTP/1.1 103 Early Hints'), whole()])],
    ['in HTTP/1.0 without a content-length', http(JSON_TYPE, GOOD, 'HTTP/1.0 200 OK')],
    [
      'compressed although Sluice did not request it',
      http(`${JSON_TYPE}Content-Encoding: gzip\r\n${lengthOf(gzipSync(GOOD))}`, gzipSync(GOOD)),
    ],
    ['with the content type of an HTML page', http(`Content-Type: text/html\r\n${lengthOf(GOOD)}`, GOOD)],
    ['without a content type', http(lengthOf(GOOD), GOOD)],
    ['with two content types', whole('Content-Type: text/html\r\n')],
    ['followed by a second response', Buffer.concat([whole(), whole('', answerOf('evil'))])],
  ])('%s', async (_title, bytes) => {
    respondWith(bytes)
    const response = await ask()
    expect([response.status, response.headers.get('content-type')]).toEqual([200, 'application/json'])
    expect(await response.text()).toBe(GOOD)
  })

  test.each<[string, Uint8Array]>([
    ['a correct stream', http(EVENTS_TYPE + CHUNKED, chunked(STREAM))],
    ['a stream with trailers', http(EVENTS_TYPE + CHUNKED, chunked(STREAM, '0\r\nX-Sum: a\r\n\r\n'))],
    ['a stream without a content-length', http(EVENTS_TYPE, STREAM)],
    ['a compressed stream', http(`${EVENTS_TYPE}Content-Encoding: gzip\r\n`, gzipSync(STREAM))],
    ['a stream whose content type is in capitals', http('Content-Type: TEXT/Event-Stream; charset=utf-8\r\n', STREAM)],
  ])('%s', async (_title, bytes) => {
    respondWith(bytes)
    const response = await ask(true)
    expect([response.status, response.headers.get('content-type')]).toEqual([200, 'text/event-stream; charset=utf-8'])
    expect(await response.text()).toBe(STREAM)
  })
})

describe('an invalid upstream response is a 502:', () => {
  test.each<[string, () => Uint8Array, string, boolean?]>([
    ['no bytes', () => Buffer.alloc(0), 'upstream_reset'],
    ['200 without a body', () => http(`${JSON_TYPE}Content-Length: 0\r\n`), 'upstream_malformed'],
    ['204', () => http('', '', 'HTTP/1.1 204 No Content'), 'upstream_malformed'],
    ['206', () => http(JSON_TYPE + lengthOf(GOOD), GOOD, 'HTTP/1.1 206 Partial Content'), 'upstream_malformed'],
    ['301', redirect('301 Moved'), 'upstream_malformed'],
    ['302', redirect('302 Found'), 'upstream_malformed'],
    ['307', redirect('307 Temporary Redirect'), 'upstream_malformed'],
    ['308', redirect('308 Permanent Redirect'), 'upstream_malformed', true],
    [
      '101 Switching Protocols',
      () => http('Upgrade: x\r\nConnection: upgrade\r\n', '', 'HTTP/1.1 101 Switching Protocols'),
      'upstream_malformed',
    ],
    [
      'a body longer than its content-length',
      () => http(`${JSON_TYPE}Content-Length: ${GOOD.length - 9}\r\n`, GOOD),
      'upstream_malformed',
    ],
    [
      'a body shorter than its content-length',
      () => http(`${JSON_TYPE}Content-Length: ${GOOD.length + 9}\r\n`, GOOD),
      'upstream_reset',
    ],
    ['two content-lengths', () => whole('Content-Length: 5\r\n'), 'upstream_malformed'],
    ['invalid chunks', () => http(JSON_TYPE + CHUNKED, 'zz\r\nfoo\r\n'), 'upstream_malformed'],
    ['chunks without the last one', () => http(JSON_TYPE + CHUNKED, chunked(GOOD, '')), 'upstream_reset'],
    [
      'a body that is not gzip, contrary to its content-encoding',
      () => http(`${JSON_TYPE}Content-Encoding: gzip\r\n${lengthOf(GOOD)}`, GOOD),
      'upstream_reset',
    ],
    [
      'a gzip bomb',
      () => http(`${JSON_TYPE}Content-Encoding: gzip\r\n${lengthOf(bomb())}`, bomb()),
      'upstream_malformed',
    ],
    ['the greeting of a mail server', () => Buffer.from('220 mail ESMTP\r\n'), 'upstream_malformed'],
    ['a carriage return in a header', () => whole('X-Request-Id: a\rSet-Cookie: b=1\r\n'), 'upstream_malformed'],
    ['a folded header', () => whole('X-Request-Id: a\r\n Set-Cookie: b=1\r\n'), 'upstream_malformed'],
    ['a NUL in a header', () => whole('X-Request-Id: a\0b\r\n'), 'upstream_malformed'],
    ['10,000 headers', () => whole('X-A: b\r\n'.repeat(10_000)), 'upstream_malformed'],
    ['JSON instead of a stream', () => whole(), 'upstream_malformed', true],
    [
      'a stream with another content type',
      () => http('Content-Type: text/event-stream-not\r\n', STREAM),
      'upstream_malformed',
      true,
    ],
    ['204 instead of a stream', () => http('', '', 'HTTP/1.1 204 No Content'), 'upstream_malformed', true],
  ])('%s', async (_title, bytes, code, stream = false) => {
    respondWith(bytes())
    const response = await ask(stream)
    const { error } = (await response.json()) as { error: { code: string } }
    expect([response.status, error.code]).toEqual([502, code])
    expect(redirectTarget.connections).toBe(0)
  })
})

/** 300 MB of spaces in 300 KB, compressed on first use. */
const bomb = () => (bombBytes ??= gzipSync(Buffer.alloc(300 * 1024 * 1024, 32)))
let bombBytes: Uint8Array | undefined

test('bytes after a response are not the response to the next request', async () => {
  upstream.respond = (socket, count) =>
    socket.write(count === 1 ? Buffer.concat([whole(), whole('', answerOf('evil'))]) : whole())
  for (let call = 0; call < 3; call++) expect(await (await ask()).text()).toBe(GOOD)
  expect(upstream.requests).toHaveLength(3)
})

test('only the body and a few known headers of a response are forwarded', async () => {
  const hop = [
    'Connection: close, X-Named',
    'X-Named: a',
    'Keep-Alive: timeout=5',
    'Proxy-Authenticate: Basic',
    'Trailer: x',
    'Upgrade: h2c',
  ]
  const own = [
    'Set-Cookie: a=b',
    'Server: evil',
    'Via: x',
    'Access-Control-Allow-Origin: *',
    'Refresh: 0; url=http://evil/',
    'Location: /x',
  ]
  respondWith(whole([...hop, ...own, 'X-RateLimit-Remaining-Tokens: 7', 'X-Request-Id: req-1', ''].join('\r\n')))
  const { headers } = await ask()
  const names = [...headers.keys()].filter((name) => !/^(x-sluice|server-timing|x-request-id|date|content-)/.test(name))
  expect(names).toEqual(['x-ratelimit-remaining-tokens'])
  expect(headers.get('x-sluice-upstream-request-id')).toBe('req-1')
})

test.each([
  ['of 100 KB', 'a'.repeat(100_000)],
  ['with bytes that are not ASCII', 'a\xe9'],
])('an upstream request id %s is not forwarded', async (_title, id) => {
  respondWith(whole(`X-Request-Id: ${id}\r\nOpenAI-Version: ${id}\r\n`))
  const { headers, status } = await ask()
  expect([status, headers.get('x-sluice-upstream-request-id'), headers.get('openai-version')]).toEqual([
    200,
    null,
    null,
  ])
})

test('only the body and a few known headers of a request are forwarded, and no key and no cookie', async () => {
  respondWith(whole())
  const body = JSON.stringify(chat('x', { user: 'a\r\nX-Evil: 1' }))
  const secrets = [
    'Cookie',
    'X-Api-Key',
    'Api-Key',
    'X-Goog-Api-Key',
    'Proxy-Authorization',
    'X-Forwarded-For',
    'Forwarded',
    'X-Real-IP',
    'Origin',
    'Referer',
  ]
  const head = [
    'POST /v1/chat/completions HTTP/1.1',
    'Host: x',
    `Authorization: Bearer ${KEY}`,
    ...secrets.map((name) => `${name}: secret`),
  ]
  const hop = [
    'Connection: close, X-Session-Id',
    'X-Session-Id: secret',
    'Keep-Alive: secret',
    'TE: trailers',
    'Upgrade: h2c',
  ]
  await exchange(
    gateway.url,
    [...head, ...hop, 'Tracestate: a=\xe9', 'OpenAI-Beta: v2', 'User-Agent: secret', lengthOf(body), body].join('\r\n'),
    1,
  )
  const [request] = upstream.requests
  const names = request!
    .split('\r\n\r\n')[0]!
    .split('\r\n')
    .slice(1)
    .map((line) => line.split(':')[0]!.toLowerCase())
  expect(names.toSorted()).toEqual([
    'accept',
    'accept-encoding',
    'authorization',
    'connection',
    'content-length',
    'content-type',
    'host',
    'openai-beta',
    'user-agent',
    'x-request-id',
    'x-team',
  ])
  expect(request).not.toContain('secret')
  expect(request).not.toContain(KEY)
})
