// Event streams as upstreams really send them, over sockets: every byte arrives, and endless streams are aborted.
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { chat, inBatches, series, startGateway, type TestGateway } from './gateway.ts'
import { type ManualUpstream, startManualUpstream } from './manual-upstream.ts'
import { runs } from './runs.ts'

let upstream: ManualUpstream
let gateway: TestGateway
beforeAll(async () => {
  upstream = await startManualUpstream()
})
afterAll(() => upstream?.stop())
beforeEach(async () => {
  gateway = await startGateway({
    providers: { gpu: { type: 'openai-compatible', baseUrl: upstream.url } },
    models: { 'sim-1b': { targets: ['gpu/m'], retries: 0 } },
  })
})
afterEach(() => gateway?.stop())

const ask = (more: object = {}) =>
  gateway.post(
    '/v1/chat/completions',
    chat('Hello', { stream: true, stream_options: { include_usage: true }, ...more }),
  )

/** What a client receives of these pieces, each sent a moment after the one before. */
async function relayed(pieces: readonly Uint8Array[], more: object = {}): Promise<Buffer> {
  const answer = ask(more)
  const exchange = await upstream.next()
  exchange.beginStream()
  for (const piece of pieces) {
    exchange.write(piece)
    await Bun.sleep(1)
  }
  exchange.endStream()
  return Buffer.from(await (await answer).arrayBuffer())
}

const event = (content: string, end = '\n\n') =>
  `data: {"id":"c","choices":[{"index":0,"delta":{"content":"${content}"},"logprobs":[]}]}${end}`
const USAGE = 'data: {"id":"c","choices":[],"usage":{"prompt_tokens":1,"completion_tokens":2}}\r\n\r\n'
const DONE = 'data: [DONE]\n\n'

/** Every oddity that event streams allow; in latin1, so that `\xff` is a byte that is not UTF-8. */
const ODD = [
  ': a comment\r\n\r\n',
  'event: message\rid: 7\rretry: 10\rdata: {"id":"c","choices":[{"index":0,"delta":{"content":"a"}}]}\r\r',
  event('b', '\r\n\r\n'),
  event('\xff\xfe\xc3', '\n\r\n'),
  ': ping\n\n',
  'data: {"id":"c",\ndata: "choices":[]}\n\n',
  'unknown: field\ndata:{"id":"c","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}\r\r\n',
].join('')
const ODD_END = 'data: [DONE]\r\r\n'
const shown = Buffer.from(ODD + USAGE + ODD_END, 'latin1')
/** A byte order mark is the only thing that does not arrive: some clients take it for a part of the first event. */
const odd = Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), shown])

test('a stream arrives unchanged, wherever it is split in two', async () => {
  const offsets = Array.from({ length: odd.length }, (_, at) => at)
  const got = await inBatches(offsets, (at) =>
    relayed([odd.subarray(0, at), odd.subarray(at)].filter(({ length }) => length > 0)),
  )
  const wrong = got.filter((bytes) => !bytes.equals(shown)).map((bytes) => bytes.toString('latin1'))
  expect(wrong).toEqual([])
  expect(series(await gateway.metrics(), 'sluice_tokens_total{provider="gpu",model="sim-1b",kind="output"}')).toBe(
    2 * offsets.length,
  )
})

test('a stream arrives unchanged, split into any pieces', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.nat(60), { maxLength: 12 }), async (sizes) => {
      let at = 0
      const pieces = sizes.map((size) => odd.subarray(at, (at += size + 1)))
      expect(await relayed([...pieces, odd.subarray(at)].filter(({ length }) => length > 0))).toEqual(shown)
    }),
    runs(25),
  )
})

test('only the usage that the client did not request is removed', async () => {
  const rest = Buffer.from(ODD + ODD_END, 'latin1')
  expect(await relayed([odd], { stream_options: undefined })).toEqual(rest)
  expect(await relayed([odd.subarray(0, 400), odd.subarray(400)], { stream_options: undefined })).toEqual(rest)
})

const MB = 1024 * 1024
const errorOf = (text: string) => (JSON.parse(text) as { error: { code: string; message: string } }).error

describe('one event', () => {
  const send = async (first: string, bytes: number) => {
    const answer = ask()
    const exchange = await upstream.next()
    exchange.beginStream()
    if (first !== '') exchange.write(first)
    exchange.write('data: {"id":"c","choices":[{"index":0,"delta":{"content":"')
    for (let sent = 0; sent < bytes && !exchange.isCut(); sent += MB) {
      exchange.write('x'.repeat(MB))
      await Bun.sleep(1)
    }
    exchange.write(`"}}]}\n\n${DONE}`)
    exchange.endStream()
    return answer
  }

  test('of 10 MB is forwarded', async () => {
    const text = await (await send(event('a'), 10 * MB)).text()
    expect(text.length).toBeGreaterThan(10 * MB)
    expect(text).toEndWith(`"}}]}\n\n${DONE}`)
  })

  test('of more than 32 MB ends the stream with an error that names the limit', async () => {
    const text = await (await send(event('a'), 40 * MB)).text()
    const [first, error, done] = text.split('\n\n')
    expect([`${first}\n\n`, `${done}\n\n`]).toEqual([event('a'), DONE])
    expect(errorOf(error!.slice('data: '.length))).toMatchObject({
      code: 'upstream_malformed',
      message: 'The upstream sent an event of more than 32 MB.',
    })
  })

  test('of more than 32 MB as the first event causes an HTTP error', async () => {
    const answer = await send('', 40 * MB)
    expect(answer.status).toBe(502)
    expect(errorOf(await answer.text()).code).toBe('upstream_malformed')
  })
})

describe('a stream without data', () => {
  test('but with comments causes an HTTP error', async () => {
    const answer = ask()
    const exchange = await upstream.next()
    exchange.beginStream()
    exchange.write(': one\n\n: two\n\n')
    exchange.endStream()
    expect([(await answer).status, errorOf(await (await answer).text()).code]).toEqual([502, 'upstream_malformed'])
  })

  test('but with endless comments is aborted', async () => {
    const answer = ask()
    const exchange = await upstream.next()
    exchange.beginStream()
    while (!exchange.isCut()) {
      exchange.write(`: ${'waiting'.repeat(2000)}\n\n`)
      await Bun.sleep(1)
    }
    expect(errorOf(await (await answer).text()).message).toBe(
      'The upstream sent 1 MB of its stream without any content.',
    )
  })
})

test('200,000 tiny events arrive in packets that split events', async () => {
  const tiny = Buffer.from('data: {"choices":[]}\n\n'.repeat(200_000))
  const answer = ask()
  const exchange = await upstream.next()
  exchange.beginStream()
  exchange.write(event('a'))
  for (let at = 0; at < tiny.length; at += 10_007) exchange.write(tiny.subarray(at, at + 10_007))
  exchange.write(DONE)
  exchange.endStream()
  const text = await (await answer).text()
  expect(text.length).toBe(event('a').length + tiny.length + DONE.length)
  expect(text).toEndWith(DONE)
})
