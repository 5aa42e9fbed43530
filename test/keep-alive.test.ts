// Streams that pause: Sluice sends comments to keep the connection open, but only between events and after the first one.
import { afterEach, beforeEach, expect, test } from 'bun:test'
import { connect } from 'node:net'
import { OpenAI } from 'openai'
import { chat, eventually, KEY, standsStill, startGateway, type TestGateway } from './gateway.ts'
import { type Exchange, type ManualUpstream, startManualUpstream } from './manual-upstream.ts'

const COMMENT = ': keepalive\n\n'
const text = (content: string) => `data: {"id":"c","choices":[{"index":0,"delta":{"content":"${content}"}}]}\n\n`
const END = 'data: {"id":"c","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}\n\ndata: [DONE]\n\n'

let upstream: ManualUpstream
let gateway: TestGateway
beforeEach(async () => {
  upstream = await startManualUpstream()
})
afterEach(async () => {
  upstream?.stop()
  await gateway?.stop()
})

async function start(streamKeepAlive: string, model: object = {}): Promise<void> {
  gateway = await startGateway({
    server: { streamKeepAlive },
    providers: { up: { type: 'openai-compatible', baseUrl: upstream.url } },
    models: { 'sim-1b': { targets: ['up/m'], ...model } },
  })
}

/** A stream whose response has begun, and what its client has read of it. */
async function openStream(at = gateway, from = upstream) {
  const answer = at.post('/v1/chat/completions', chat('Hello', { stream: true }))
  const exchange = await from.next()
  exchange.beginStream()
  let seen = ''
  const read = async () => {
    const decoder = new TextDecoder()
    for await (const part of (await answer).body!) seen += decoder.decode(part, { stream: true })
  }
  return { exchange, seen: () => seen, ended: read() }
}

function end(exchange: Exchange) {
  exchange.write(END)
  exchange.endStream()
}

const comments = (seen: string) => seen.split(COMMENT).length - 1

test('comments are sent between complete events only, however the upstream splits them', async () => {
  await start('100ms')
  const { exchange, seen, ended } = await openStream()
  exchange.write(text('one'))
  exchange.write(text('two').slice(0, 20))
  await eventually(() => comments(seen()) >= 2)
  exchange.write(text('two').slice(20))
  await eventually(() => seen().includes('two'))
  const after = () => seen().split(text('two'))[1] ?? ''
  await eventually(() => after().includes(COMMENT))
  const [before] = seen().split(text('two'))
  expect(before).toBe(text('one') + COMMENT.repeat(comments(before!)))
  expect(after()).toBe(COMMENT.repeat(comments(after())))
  end(exchange)
  await ended
  expect(seen().replaceAll(COMMENT, '')).toBe(text('one') + text('two') + END)
})

/** Waits until a stream of another gateway has got several comments at 50 ms. Other streams would have got some too. */
async function severalPauses(): Promise<void> {
  const other = await startManualUpstream()
  const otherGateway = await startGateway({
    server: { streamKeepAlive: '50ms' },
    providers: { up: { type: 'openai-compatible', baseUrl: other.url } },
    models: { 'sim-1b': 'up/m' },
  })
  const { exchange, seen, ended } = await openStream(otherGateway, other)
  exchange.write(text('one'))
  await eventually(() => comments(seen()) >= 4)
  end(exchange)
  await ended
  await otherGateway.stop()
  other.stop()
}

test('no comment is sent before the first event, because the response can still become an error', async () => {
  await start('50ms')
  const { exchange, seen, ended } = await openStream()
  exchange.write(': the upstream waits too\n\n')
  await severalPauses()
  expect(seen()).toBe('')
  exchange.write(text('one') + END)
  exchange.endStream()
  await ended
  expect(seen().replaceAll(COMMENT, '')).toBe(`: the upstream waits too\n\n${text('one')}${END}`)
  expect(seen()).toStartWith(': the upstream waits too')
})

test.each([
  ['off', undefined, false],
  ['0s', undefined, false],
  ['50ms', 'off', false],
  ['off', '50ms', true],
])(
  'with streamKeepAlive %p for the server and %p for the model, comments are sent: %p',
  async (forServer, forModel, isSent) => {
    await start(forServer, forModel === undefined ? {} : { streamKeepAlive: forModel })
    const { exchange, seen, ended } = await openStream()
    exchange.write(text('one'))
    if (isSent) await eventually(() => comments(seen()) > 0)
    else await eventually(() => seen().includes('one')).then(severalPauses)
    end(exchange)
    await ended
    expect(seen().includes(COMMENT)).toBe(isSent)
  },
)

test("OpenAI's SDK ignores the comments of a stream", async () => {
  await start('50ms')
  let received = ''
  const recordingFetch = async (url: string | URL | Request, init?: RequestInit) => {
    const response = await fetch(url, init)
    const [own, sdk] = response.body!.tee()
    void Promise.try(async () => {
      for await (const part of own) received += Buffer.from(part).toString()
    })
    return new Response(sdk, response)
  }
  const client = new OpenAI({ baseURL: `${gateway.url}/v1`, apiKey: KEY, fetch: recordingFetch })
  const streaming = client.chat.completions.create({
    model: 'sim-1b',
    messages: [{ role: 'user', content: 'Hi' }],
    stream: true,
  })
  const exchange = await upstream.next()
  exchange.beginStream()
  exchange.write(text('one'))
  const contents: string[] = []
  for await (const { choices } of await streaming) {
    const { delta, finish_reason } = choices[0]!
    if (delta.content) contents.push(delta.content)
    if (finish_reason) break
    const before = comments(received)
    await eventually(() => comments(received) >= before + 2) // the SDK has not read them yet
    if (contents.length < 3) exchange.write(text(`more ${contents.length}`))
    else end(exchange)
  }
  expect(contents).toEqual(['one', 'more 1', 'more 2'])
})

test('a client that stalls gets no comments, and later the whole stream', async () => {
  await start('50ms')
  const body = JSON.stringify(chat('Hello', { stream: true }))
  const socket = connect(Number(new URL(gateway.url).port), '127.0.0.1', () =>
    socket.write(
      `POST /v1/chat/completions HTTP/1.0\r\nhost: x\r\nauthorization: Bearer ${KEY}\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
    ),
  )
  socket.pause()
  const exchange = await upstream.next()
  exchange.beginStream()
  for (let i = 0; i < 200; i++) exchange.write(text('x'.repeat(100_000)))
  await standsStill(exchange.unsent)
  await severalPauses()
  end(exchange)
  let seen = ''
  socket.on('data', (bytes) => (seen += bytes.toString('latin1')))
  socket.resume()
  await eventually(() => seen.includes('[DONE]'))
  expect(seen.split('x'.repeat(100_000)).length - 1).toBe(200)
  expect(seen).not.toContain(COMMENT + COMMENT) // one is possible if the machine paused before the buffers were full
  socket.destroy()
})

test('comments are sent while another endpoint resumes the stream', async () => {
  const second = await startManualUpstream()
  gateway = await startGateway({
    server: { streamKeepAlive: '50ms' },
    providers: {
      gpu: {
        type: 'vllm',
        health: { enabled: false },
        endpoints: [upstream.url, { url: second.url, weight: 0 }],
      },
    },
    models: { 'sim-1b': { targets: ['gpu/m'] } },
  })
  const { exchange, seen, ended } = await openStream()
  exchange.write(text('one '))
  await eventually(() => seen().includes('one'))
  exchange.reset()
  const other = await second.next()
  await eventually(() => seen().includes(COMMENT))
  other.beginStream()
  other.write(text('two'))
  end(other)
  await ended
  const contents = [...seen().matchAll(/"content":"([^"]*)"/g)].map(([, content]) => content)
  expect(contents).toEqual(['one ', 'two'])
  second.stop()
})
