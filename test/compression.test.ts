// Compressed responses (`server.compression`).
import { afterAll, beforeAll, expect, test } from 'bun:test'
import { brotliDecompressSync } from 'node:zlib'
import { chat, KEY, readEvents, startGateway, type TestGateway, textOfEvents } from './gateway.ts'

const LONG = 'A long response with some words. '.repeat(100)
const HUGE = Array.from({ length: 40_000 }, (_, at) => `word${at}`).join(' ')
const EVENT = (content: string, finish: string | null) =>
  `data: ${JSON.stringify({ id: 'c', choices: [{ index: 0, delta: { content }, finish_reason: finish }] })}\n\n`

let gateway: TestGateway
let plain: TestGateway
let upstream: ReturnType<typeof Bun.serve>
beforeAll(async () => {
  upstream = Bun.serve({
    hostname: '127.0.0.1',
    port: 0,
    async fetch(request) {
      if (new URL(request.url).pathname.endsWith('/speech'))
        return new Response(LONG, { headers: { 'content-type': 'audio/mpeg' } })
      const { stream, user } = (await request.json()) as { stream?: boolean; user?: string }
      const text = { short: 'yes', huge: HUGE }[user!] ?? LONG
      if (user === 'error') return Response.json({ error: { message: LONG } }, { status: 400 })
      if (!stream) return Response.json({ choices: [{ message: { content: text }, finish_reason: 'stop' }] })
      return new Response(`${EVENT(text, null)}${EVENT('', 'stop')}data: [DONE]\n\n`, {
        headers: { 'content-type': 'text/event-stream' },
      })
    },
  })
  const config = (server: object) => ({
    server,
    providers: { up: { type: 'openai-compatible', baseUrl: `http://127.0.0.1:${upstream.port}/v1` } },
    models: { 'sim-1b': 'up/m' },
  })
  gateway = await startGateway(config({ compression: true, cors: '*' }))
  plain = await startGateway(config({}))
})
afterAll(async () => {
  await gateway?.stop()
  await plain?.stop()
  await upstream?.stop(true)
})

/** A response with its bytes as they were sent. */
async function ask(accept: string | undefined, body: object = {}, path = '/v1/chat/completions', at = gateway) {
  const response = await fetch(at.url + path, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${KEY}`,
      'accept-encoding': accept ?? 'identity',
      origin: 'https://page.example',
    },
    body: JSON.stringify(chat('Hello', body)),
    decompress: false,
  })
  return {
    response,
    encoding: response.headers.get('content-encoding'),
    bytes: new Uint8Array(await response.clone().arrayBuffer()),
  }
}

const inflate = (encoding: string | null, bytes: Uint8Array<ArrayBuffer>): string => {
  if (encoding === 'gzip') return Buffer.from(Bun.gunzipSync(bytes)).toString()
  if (encoding === 'zstd') return Buffer.from(Bun.zstdDecompressSync(bytes)).toString()
  return encoding === 'br' ? brotliDecompressSync(bytes).toString() : Buffer.from(bytes).toString()
}

test.each([
  ['gzip', 'gzip', {}],
  ['br', 'br', {}],
  ['zstd', 'zstd', {}],
  ['gzip, br', 'br', {}],
  ['gzip', 'gzip', { user: 'huge' }],
  ['br', 'br', { user: 'huge' }],
  ['zstd', 'zstd', { user: 'huge' }],
  ['identity', null, {}],
  ['deflate', null, {}],
  ['gzip', null, { user: 'short' }],
  ['gzip, identity;q=0', 'gzip', { user: 'short' }],
])('accept-encoding %p: %p', async (accept, expected, body) => {
  const { response, encoding, bytes } = await ask(accept, body)
  expect([response.status, encoding]).toEqual([200, expected])
  const text = inflate(encoding, bytes as Uint8Array<ArrayBuffer>)
  const wanted = { short: 'yes', huge: HUGE }[(body as { user?: string }).user ?? ''] ?? LONG
  expect((JSON.parse(text) as { choices: { message: { content: string } }[] }).choices[0]!.message.content).toBe(wanted)
  expect(response.headers.get('vary')).toContain('accept-encoding')
  expect(Number(response.headers.get('content-length'))).toBe(bytes.length)
  expect(response.headers.get('x-request-id')).toBeTruthy()
  expect(response.headers.get('access-control-allow-origin')).toBe('*')
  if (expected !== null && wanted !== 'yes') expect(bytes.length).toBeLessThan(text.length)
})

test('an error is compressed too', async () => {
  const { response, encoding, bytes } = await ask('gzip', { user: 'error' })
  expect([response.status, encoding]).toEqual([400, 'gzip'])
  expect(inflate(encoding, bytes as Uint8Array<ArrayBuffer>)).toContain(LONG.slice(0, 100))
})

test('a stream, audio and a HEAD are not', async () => {
  const { response, encoding } = await ask('gzip', { stream: true })
  expect(encoding).toBeNull()
  expect(textOfEvents(await readEvents(response))).toBe(LONG)
  const speech = await ask('gzip', { input: 'x', voice: 'alloy' }, '/v1/audio/speech')
  expect([speech.response.status, speech.encoding]).toEqual([200, null])
  const head = await fetch(`${gateway.url}/v1/models`, {
    method: 'HEAD',
    headers: { authorization: `Bearer ${KEY}`, 'accept-encoding': 'gzip' },
  })
  expect([head.status, head.headers.get('content-encoding')]).toEqual([200, null])
})

test('by default nothing is compressed', async () => {
  const { response, encoding } = await ask('gzip, br, zstd', {}, undefined, plain)
  expect([response.status, encoding, response.headers.get('vary')]).toEqual([200, null, null])
})

test("a usual client reads it, and the SDK's retries see the headers of an error", async () => {
  const response = await gateway.post('/v1/chat/completions', chat('Hello'))
  expect(((await response.json()) as { choices: { message: { content: string } }[] }).choices[0]!.message.content).toBe(
    LONG,
  )
})
