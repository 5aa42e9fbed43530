// Compressed event streams (`server.compression.streams`).
import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { request } from 'node:http'
import { connect, type Socket } from 'node:net'
import type { Transform } from 'node:stream'
import { createBrotliDecompress, createGunzip, createZstdDecompress } from 'node:zlib'
import Anthropic from '@anthropic-ai/sdk'
import OpenAI from 'openai'
import { chat, eventually, KEY, series, standsStill, startGateway, type TestGateway } from './gateway.ts'
import { type Exchange, type ManualUpstream, startManualUpstream } from './manual-upstream.ts'

const DECOMPRESSORS: Readonly<Record<string, () => Transform>> = {
  gzip: createGunzip,
  br: createBrotliDecompress,
  zstd: createZstdDecompress,
}

const EVENT = (content: string, finish: string | null = null) =>
  `data: ${JSON.stringify({ id: 'c', choices: [{ index: 0, delta: { content }, finish_reason: finish }] })}\n\n`

let upstream: ManualUpstream
let gateway: TestGateway
beforeAll(async () => {
  upstream = await startManualUpstream()
  gateway = await startGateway({
    server: { compression: { streams: true }, streamKeepAlive: '1s', cors: '*' },
    providers: { up: { type: 'openai-compatible', baseUrl: upstream.url } },
    models: { m: { targets: ['up/m'], retries: 0 } },
  })
})
afterAll(async () => {
  await gateway?.stop()
  upstream?.stop()
})

const PATHS = {
  chat: ['/v1/chat/completions', 'text/event-stream', chat('Hello', { model: 'm', stream: true })],
  responses: ['/v1/responses', 'text/event-stream', { model: 'm', stream: true, input: 'Hello' }],
  messages: ['/v1/messages', 'text/event-stream', chat('Hello', { model: 'm', stream: true, max_tokens: 9 })],
  gemini: [
    '/v1beta/models/m:streamGenerateContent?alt=sse',
    'text/event-stream',
    { contents: [{ parts: [{ text: 'Hi' }] }] },
  ],
  'gemini array': [
    '/v1beta/models/m:streamGenerateContent',
    'application/json',
    { contents: [{ parts: [{ text: 'Hi' }] }] },
  ],
  cohere: ['/v2/chat', 'text/event-stream', chat('Hello', { model: 'm', stream: true })],
  ollama: ['/api/chat', 'application/x-ndjson', chat('Hello', { model: 'm', stream: true })],
  bedrock: [
    '/model/m/converse-stream',
    'application/vnd.amazon.eventstream',
    { messages: [{ role: 'user', content: [{ text: 'Hello' }] }] },
  ],
} as const

interface Streamed {
  readonly exchange: Exchange
  readonly headers: () => Record<string, unknown>
  /** What has arrived so far, decompressed. */
  readonly text: () => string
  /** How the response ended; undefined while it has not. */
  readonly end: () => 'complete' | 'broken' | undefined
  readonly receivedBytes: () => number
  disconnect(): void
}

/** Sends a request, and the first event of its response. */
async function begin(api: keyof typeof PATHS, accept?: string): Promise<Streamed> {
  const [path, , body] = PATHS[api]
  let text = ''
  let receivedBytes = 0
  let headers: Record<string, unknown> = {}
  let end: 'complete' | 'broken' | undefined
  const outgoing = request(gateway.url + path, {
    method: 'POST',
    agent: false,
    headers: {
      authorization: `Bearer ${KEY}`,
      'content-type': 'application/json',
      origin: 'https://page.example',
      ...(accept && { 'accept-encoding': accept }),
    },
  })
  outgoing.on('error', () => (end ??= 'broken'))
  outgoing.on('response', (response) => {
    ;({ headers } = response)
    const take = (bytes: Buffer) => (text += bytes.toString())
    const decompressor = DECOMPRESSORS[String(headers['content-encoding'])]?.()
    decompressor?.on('data', take)
    decompressor?.on('end', () => (end ??= 'complete'))
    decompressor?.on('error', () => (end ??= 'broken'))
    response.on('data', (bytes: Buffer) => {
      receivedBytes += bytes.length
      if (decompressor) decompressor.write(bytes)
      else take(bytes)
    })
    response.on('error', () => (end ??= 'broken'))
    response.on('end', () => (decompressor ? decompressor.end() : (end ??= 'complete')))
  })
  outgoing.end(JSON.stringify(body))
  const exchange = await upstream.next()
  exchange.beginStream()
  exchange.write(EVENT('first word'))
  await eventually(() => text.includes('first word'))
  return {
    exchange,
    headers: () => headers,
    text: () => text,
    end: () => end,
    receivedBytes: () => receivedBytes,
    disconnect: () => outgoing.destroy(),
  }
}

function finish({ exchange }: Streamed): void {
  exchange.write(`${EVENT('', 'stop')}data: [DONE]\n\n`)
  exchange.endStream()
}

describe.each(Object.keys(PATHS) as (keyof typeof PATHS)[])('%s', (api) => {
  test.each(Object.keys(DECOMPRESSORS))(
    '%s: each event can be decompressed before the next is sent',
    async (encoding) => {
      const stream = await begin(api, encoding)
      const headers = stream.headers()
      expect([headers['content-encoding'], headers['content-type'], headers['x-accel-buffering']]).toEqual([
        encoding,
        expect.stringContaining(PATHS[api][1]),
        'no',
      ])
      expect(headers['vary']).toContain('accept-encoding')
      for (const word of ['second', 'third', 'x'.repeat(50_000), 'last']) {
        expect(stream.text()).not.toContain(word)
        stream.exchange.write(EVENT(word))
        await eventually(() => stream.text().includes(word))
      }
      expect(stream.receivedBytes()).toBeLessThan(stream.text().length / 5)
      finish(stream)
      await eventually(() => stream.end() !== undefined)
      expect(stream.end()).toBe('complete')
    },
  )
})

test.each([
  [undefined, undefined],
  ['identity', undefined],
  ['deflate', undefined],
  ['gzip;q=0', undefined],
  ['*;q=0', undefined],
  ['zstd;q=0.1, gzip', 'gzip'],
  ['gzip, deflate, br, zstd', 'zstd'],
  ['gzip, identity;q=0', 'gzip'],
  [',;q=,\u00ff,'.repeat(20), undefined],
])('accept-encoding %p: %p', async (accept, encoding) => {
  const stream = await begin('chat', accept)
  expect(stream.headers()['content-encoding']).toBe(encoding)
  expect(stream.headers()['vary']).toContain('accept-encoding')
  expect(stream.headers()['access-control-allow-origin']).toBe('*')
  finish(stream)
  await eventually(() => stream.end() !== undefined)
  expect(stream.text()).toEndWith('data: [DONE]\n\n')
})

test.each(Object.keys(DECOMPRESSORS))('%s: a keep-alive comment arrives while the model pauses', async (encoding) => {
  const stream = await begin('chat', encoding)
  await eventually(() => /^: ?keep-?alive/m.test(stream.text()))
  stream.exchange.write(EVENT('later'))
  await eventually(() => stream.text().includes('later'))
  finish(stream)
  await eventually(() => stream.end() === 'complete')
})

test.each(Object.keys(DECOMPRESSORS))('%s: an error in the middle arrives, and the stream ends', async (encoding) => {
  const stream = await begin('chat', encoding)
  stream.exchange.reset()
  await eventually(() => stream.end() !== undefined)
  expect([stream.end(), stream.text().includes('"error"')]).toEqual(['complete', true])
})

const inFlight = async () => series(await gateway.metrics(), 'http_requests_in_flight')

test.each(Object.keys(DECOMPRESSORS))('%s: a client that disconnects cuts the upstream', async (encoding) => {
  const stream = await begin('chat', encoding)
  stream.exchange.write(EVENT('lost'))
  stream.disconnect()
  await eventually(() => stream.exchange.isCut())
  await eventually(async () => (await inFlight()) === 0)
})

/** A client that sends a request and reads nothing. */
function connectStalled(encoding: string): Socket {
  const body = JSON.stringify(chat('Hello', { model: 'm', stream: true }))
  const head = `POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${KEY}\r\naccept-encoding: ${encoding}\r\n`
  const socket = connect(Number(new URL(gateway.url).port), '127.0.0.1', () =>
    socket.write(`${head}content-length: ${body.length}\r\n\r\n${body}`),
  )
  socket.on('error', () => {})
  return socket.pause()
}

test.each(Object.keys(DECOMPRESSORS))('%s: a client that does not read holds back the upstream', async (encoding) => {
  const socket = connectStalled(encoding)
  const exchange = await upstream.next()
  exchange.beginStream()
  const noise = () => Buffer.from(crypto.getRandomValues(new Uint8Array(48_000))).toString('base64')
  for (let batch = 0; batch < 16 && exchange.unsent() === 0; batch++) {
    for (let at = 0; at < 128; at++) exchange.write(EVENT(noise())) // 8 MB; the sockets' buffers take the first of it
    await standsStill(exchange.unsent)
  }
  expect(exchange.unsent()).toBeGreaterThan(0)
  socket.destroy()
  await eventually(() => exchange.isCut())
  await eventually(async () => (await inFlight()) === 0)
})

test('the SDKs of OpenAI and Anthropic read it event by event', async () => {
  const openai = new OpenAI({ baseURL: `${gateway.url}/v1`, apiKey: KEY, maxRetries: 0 })
  const anthropic = new Anthropic({ baseURL: gateway.url, apiKey: KEY, maxRetries: 0 })
  const messages = [{ role: 'user' as const, content: 'Hello' }]
  async function* chatWords() {
    const { data, response } = await openai.chat.completions
      .create({ model: 'm', stream: true, messages })
      .withResponse()
    expect(response.headers.get('vary')).toContain('accept-encoding')
    for await (const { choices } of data) if (choices[0]?.delta.content) yield choices[0].delta.content
  }
  async function* messageWords() {
    for await (const event of anthropic.messages.stream({ model: 'm', max_tokens: 9, messages }))
      if (event.type === 'content_block_delta' && event.delta.type === 'text_delta') yield event.delta.text
  }
  for (const words of [chatWords(), messageWords()]) {
    const first = words.next()
    const exchange = await upstream.next()
    exchange.beginStream()
    exchange.write(EVENT('one'))
    expect((await first).value).toBe('one')
    exchange.write(EVENT('two'))
    expect((await words.next()).value).toBe('two')
    exchange.write(`${EVENT('', 'stop')}data: [DONE]\n\n`)
    exchange.endStream()
    expect((await words.next()).done).toBe(true)
  }
})
