// Web pages that call the gateway from a browser (`server.cors`).
import { afterAll, afterEach, beforeAll, expect, test } from 'bun:test'
import { chat, KEY, oneModel, startGateway, type TestGateway } from './gateway.ts'
import { answer, refusal, startScriptedUpstream, stream, type ScriptedUpstream } from './scripted.ts'

const PAGE = 'https://app.example.com'

let upstream: ScriptedUpstream
let gateway: TestGateway | undefined
beforeAll(() => {
  const calls = { whole: answer('yes'), stream: stream('yes'), error: refusal(400) }
  upstream = startScriptedUpstream((signal) => calls[upstream.calls.at(-1)!.body['user'] as keyof typeof calls](signal))
})
afterEach(async () => {
  await gateway?.stop()
  gateway = undefined
})
afterAll(() => upstream?.stop())

const start = async (cors: unknown) =>
  (gateway = await startGateway({ ...oneModel([upstream.url]), server: cors === undefined ? {} : { cors } }))

const preflight = (path: string, headers: Record<string, string> = {}) =>
  fetch(gateway!.url + path, {
    method: 'OPTIONS',
    headers: { origin: PAGE, 'access-control-request-method': 'POST', ...headers },
  })

const corsHeaders = ({ headers }: Response) =>
  Object.fromEntries([...headers].filter(([name]) => name.startsWith('access-control-') || name === 'vary'))

const CHAT = '/v1/chat/completions'

test('a preflight request needs no key, and allows the headers that the page wants to send', async () => {
  await start([PAGE])
  const wanted = 'authorization,content-type,x-stainless-lang'
  const response = await preflight(CHAT, { 'access-control-request-headers': wanted })
  expect(response.status).toBe(204)
  expect(await response.text()).toBe('')
  expect(corsHeaders(response)).toEqual({
    'access-control-allow-origin': PAGE,
    'access-control-allow-methods': 'GET, HEAD, POST, PUT, PATCH, DELETE',
    'access-control-allow-headers': wanted,
    'access-control-max-age': '3600',
    vary: 'origin, access-control-request-method, access-control-request-headers',
  })
})

test.each([
  ['a page', PAGE, [PAGE], PAGE],
  ['every page', 'https://other.example', '*', '*'],
  ['a page without an origin of its own', 'null', '*', '*'],
  ['a subdomain', 'https://a.b.example.com', ['https://*.example.com'], 'https://a.b.example.com'],
  ['any port', 'http://localhost:5173', ['http://localhost:*'], 'http://localhost:5173'],
  ['the domain above the wildcard', 'https://example.com', ['https://*.example.com'], null],
  ['a longer host', 'https://app.example.com.evil.example', [PAGE, 'https://*.example.com'], null],
  ['a host that ends alike', 'https://evilexample.com', ['https://*.example.com'], null],
  ['a user before the host', 'https://evil.example/@x.example.com', ['https://*.example.com'], null],
  ['another scheme', 'http://app.example.com', [PAGE], null],
  ['another port', 'https://app.example.com:8443', [PAGE], null],
  ['a port that is none', 'http://localhost:80.evil.example', ['http://localhost:*'], null],
  ['the origin `null`', 'null', [PAGE], null],
  ['other case', 'https://APP.example.com', [PAGE], null],
])('%s: preflight and request get the same origin', async (_, origin, origins, allowed) => {
  await start(origins)
  const before = await preflight(CHAT, { origin })
  const request = await gateway!.post(CHAT, chat('Hello', { user: 'whole' }), { origin })
  expect(before.headers.get('access-control-allow-origin')).toBe(allowed)
  expect([request.status, request.headers.get('access-control-allow-origin')]).toEqual([200, allowed])
  expect(request.headers.get('vary')).toBe(origins === '*' ? null : 'origin')
})

test.each([
  ['a whole response', CHAT, { user: 'whole' }, 200],
  ['a stream', CHAT, { user: 'stream', stream: true }, 200],
  ["an upstream's error", CHAT, { user: 'error' }, 400],
  ['an unknown model', CHAT, { model: 'none' }, 404],
  ['an unknown path', '/v1/none', {}, 404],
])('%s exposes its headers to the page', async (_, path, more, status) => {
  await start([PAGE])
  const response = await gateway!.post(path, chat('Hello', more), { origin: PAGE })
  await response.text()
  expect([response.status, response.headers.get('access-control-allow-origin')]).toEqual([status, PAGE])
  const exposed = response.headers.get('access-control-expose-headers')!.split(', ')
  expect(exposed).toContain('x-request-id')
  const ours = [...response.headers.keys()].filter((name) => /^x-|^retry|^server-timing/.test(name))
  expect(ours.filter((name) => !exposed.includes(name))).toEqual([])
})

test('a request without a valid key is readable too, and so is a wrong method', async () => {
  await start([PAGE])
  const headers = { origin: PAGE }
  const unauthorized = await fetch(`${gateway!.url}/v1/models`, { headers })
  const wrong = await fetch(gateway!.url + CHAT, { headers })
  expect([unauthorized, wrong].map((each) => [each.status, each.headers.get('access-control-allow-origin')])).toEqual([
    [401, PAGE],
    [405, PAGE],
  ])
})

test.each(['a b, c', 'a/b', ',', ''])('a preflight request for headers %p allows none', async (wanted) => {
  await start([PAGE])
  const response = await preflight(CHAT, { 'access-control-request-headers': wanted })
  expect([response.status, response.headers.get('access-control-allow-headers')]).toEqual([204, null])
})

test('credentials are allowed only for the configured origins', async () => {
  await start({ origins: [PAGE], credentials: true, maxAge: '10m' })
  const [mine, other] = await Promise.all([preflight(CHAT), preflight(CHAT, { origin: 'https://other.example' })])
  const values = (name: string) => [mine, other].map(({ headers }) => headers.get(name))
  expect(values('access-control-allow-credentials')).toEqual(['true', null])
  expect(values('access-control-allow-origin')).toEqual([PAGE, null])
  expect(values('access-control-max-age')).toEqual(['600', null])
})

test('the admin API is closed to web pages', async () => {
  await start('*')
  const before = await preflight('/admin/endpoints')
  const request = await fetch(`${gateway!.url}/admin/endpoints`, {
    headers: { origin: PAGE, authorization: `Bearer ${KEY}` },
  })
  expect(before.status).toBe(405)
  expect([before, request].map((each) => corsHeaders(each))).toEqual([{}, {}])
})

test('without `server.cors` nothing is added, and a reload adds it', async () => {
  await start(undefined)
  const before = await preflight(CHAT)
  expect([before.status, corsHeaders(before)]).toEqual([405, {}])
  gateway!.write({ ...oneModel([upstream.url]), server: { cors: [PAGE] } })
  await gateway!.reload('admin')
  expect((await preflight(CHAT)).headers.get('access-control-allow-origin')).toBe(PAGE)
})
