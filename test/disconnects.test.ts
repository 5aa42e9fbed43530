// Clients that disconnect: Sluice aborts the upstream request, or reads its response to the end (`onDisconnect: finish`).
import { afterEach, beforeEach, describe, expect, test } from 'bun:test'
import { mkdtempSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startChild, urlIn } from './child.ts'
import { sendOnNewConnection } from './cluster.ts'
import { chat, eventually, KEY, series, standsStill, startGateway, type TestGateway } from './gateway.ts'
import { type Exchange, type ManualUpstream, startManualUpstream } from './manual-upstream.ts'

const USAGE = { prompt_tokens: 7, completion_tokens: 5, total_tokens: 12 }
const WHOLE = {
  object: 'chat.completion',
  choices: [{ message: { content: 'yes' }, finish_reason: 'stop' }],
  usage: USAGE,
}
const chunk = (more: object) => `data: ${JSON.stringify({ id: 'c', choices: [], ...more })}\n\n`
const TEXT = chunk({ choices: [{ index: 0, delta: { content: 'yes' } }] })
const END =
  chunk({ choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] }) + chunk({ usage: USAGE }) + 'data: [DONE]\n\n'

let upstream: ManualUpstream
let gateway: TestGateway | undefined
beforeEach(async () => {
  upstream = await startManualUpstream()
})
afterEach(async () => {
  upstream?.stop()
  await gateway?.stop()
  gateway = undefined
})

const start = async (model: object = {}, provider: object = {}, more: object = {}) =>
  (gateway = await startGateway(onManual(model, provider, more)))

/** A request whose client disconnects now, on a separate gateway that aborts it. */
async function anotherIsAborted(): Promise<void> {
  const other = await startManualUpstream()
  const otherGateway = await startGateway({
    providers: { up: { type: 'openai-compatible', baseUrl: other.url } },
    models: { 'sim-1b': 'up/m' },
  })
  const client = post(otherGateway, CHAT, chat('Hello'))
  const exchange = await other.next()
  client.disconnect()
  await eventually(exchange.isCut)
  await ended(otherGateway)
  await otherGateway.stop()
  other.stop()
}

/** One endpoint without active checks, so that it gets only the requests of clients. */
const onManual = (model: object = {}, provider: object = {}, more: object = {}) => ({
  providers: { up: { type: 'openai-compatible', baseUrl: upstream.url, ...provider } },
  models: { 'sim-1b': { targets: ['up/m'], ...model } },
  ...more,
})

/** A request whose client can disconnect, and the upstream's side of it. */
async function begin(gateway: TestGateway, path: string, body: object) {
  const client = post(gateway, path, body)
  return { ...client, exchange: await upstream.next() }
}

function post(gateway: TestGateway, path: string, body: object) {
  const controller = new AbortController()
  const answer = fetch(gateway.url + path, {
    method: 'POST',
    headers: { authorization: `Bearer ${KEY}` },
    body: JSON.stringify(body),
    signal: controller.signal,
  })
  const text = answer.then((response) => response.text()).catch(() => 'left')
  return { answer, text, disconnect: () => controller.abort() }
}

type Client = Awaited<ReturnType<typeof begin>>

const stream = chat('Hello', { stream: true })
const completion = { model: 'sim-1b', prompt: 'Hello' }
const CHAT = '/v1/chat/completions'

/** A client that disconnects at each point of each kind of request. */
const DISCONNECTS: [string, string, object, (client: Client) => unknown][] = [
  ['a chat request before its response', CHAT, chat('Hello'), () => {}],
  [
    'a chat request in the middle of its response',
    CHAT,
    chat('Hello'),
    ({ exchange }) => exchange.raw('HTTP/1.1 200 OK\r\ncontent-length: 9999\r\n\r\n{"choices":'),
  ],
  ['a stream before its first event', CHAT, stream, () => {}],
  ['a stream after its headers', CHAT, stream, ({ exchange }) => exchange.beginStream()],
  ['a stream after its first event', CHAT, stream, untilFirstEvent],
  ['a completion request', '/v1/completions', completion, () => {}],
  ['a completion stream after its first event', '/v1/completions', { ...completion, stream: true }, untilFirstEvent],
  ['an embeddings request', '/v1/embeddings', { model: 'sim-1b', input: 'Hello' }, () => {}],
]

async function untilFirstEvent({ exchange, answer }: Client) {
  exchange.beginStream()
  exchange.write(TEXT)
  await answer
}

const inFlight = async (gateway: TestGateway) => series(await gateway.metrics(), 'http_requests_in_flight')
const ended = (gateway: TestGateway) => eventually(async () => (await inFlight(gateway)) === 0)
const CLIENT_CLOSED = 'sluice_errors_total{code="client_closed"}'

describe('a disconnect aborts the upstream request and does not count as an upstream failure:', () => {
  test.each(DISCONNECTS)('%s', async (_title, path, body, prepare) => {
    const gateway = await start()
    const client = await begin(gateway, path, body)
    await prepare(client)
    expect(client.exchange.isCut()).toBe(false)
    client.disconnect()
    await eventually(client.exchange.isCut)
    await ended(gateway)
    const metrics = await gateway.metrics()
    expect(series(metrics, CLIENT_CLOSED)).toBe(1)
    expect(series(metrics, 'sluice_endpoint_in_flight{endpoint="up"}')).toBe(0)
    expect(metrics).not.toContain('sluice_tokens_total{')
  })
})

describe.each(['cancel', 'finish'])('no attempt starts after a disconnect (onDisconnect: %s):', (onDisconnect) => {
  test('a request in the queue', async () => {
    const gateway = await start({ onDisconnect }, { maxConcurrency: 1 })
    const first = await begin(gateway, CHAT, chat('Hello'))
    const second = post(gateway, CHAT, chat('Hello'))
    const depth = 'sluice_queue_depth{model="sim-1b",priority="normal"}'
    await eventually(async () => series(await gateway.metrics(), depth) === 1)
    second.disconnect()
    await eventually(async () => series(await gateway.metrics(), depth) === 0)
    first.exchange.answer(WHOLE)
    expect(await first.text).toContain('yes')
    await ended(gateway)
    expect(upstream.exchanges).toHaveLength(1)
  })

  test('a request that waits for its retry', async () => {
    const gateway = await start({ onDisconnect, maxRetryWait: '2m' })
    const client = await begin(gateway, CHAT, chat('Hello'))
    client.exchange.raw('HTTP/1.1 429 Too Many\r\nretry-after: 60\r\ncontent-length: 0\r\n\r\n')
    const failures = 'llm_provider_errors_total{provider="up",model="sim-1b",code="upstream_rate_limited"}'
    await eventually(async () => series(await gateway.metrics(), failures) === 1)
    client.disconnect()
    await ended(gateway)
    expect(upstream.exchanges).toHaveLength(1)
    expect(series(await gateway.metrics(), 'sluice_endpoint_picks_total{endpoint="up",model="sim-1b"}')).toBe(1)
  })

  test('a request whose upstream fails after the disconnect', async () => {
    const gateway = await start({ onDisconnect })
    const client = await begin(gateway, CHAT, chat('Hello'))
    client.disconnect()
    await eventually(async () => client.exchange.isCut() || onDisconnect === 'finish')
    client.exchange.reset()
    await ended(gateway)
    expect(upstream.exchanges).toHaveLength(1)
    expect(series(await gateway.metrics(), STATUS_499)).toBe(1)
  })
})

const STATUS_499 = 'http_requests_total{method="POST",route="/v1",operation="chat",status="499"}'
const TOKENS = 'sluice_tokens_total{provider="up",model="sim-1b",kind="output"}'

function finish(exchange: Exchange, body: object) {
  if (!('stream' in body)) return exchange.answer(WHOLE)
  exchange.write(TEXT)
  exchange.write(END)
  exchange.endStream()
}

describe('with onDisconnect: finish the response is read to its end:', () => {
  test.each(DISCONNECTS.filter(([title]) => !title.includes('middle of its response')))(
    '%s',
    async (title, path, body, prepare) => {
      const gateway = await start({ onDisconnect: 'finish' })
      const client = await begin(gateway, path, body)
      await prepare(client)
      client.disconnect()
      expect(await client.text).toBe('left')
      await anotherIsAborted() // by now a gateway with `cancel` would have aborted this one too
      expect(client.exchange.isCut()).toBe(false)
      expect(await inFlight(gateway)).toBe(1)
      expect(series(await gateway.metrics(), 'sluice_endpoint_in_flight{endpoint="up"}')).toBe(1)
      if ('stream' in body && !/after its/.test(title)) client.exchange.beginStream()
      finish(client.exchange, body)
      await ended(gateway)
      const after = await gateway.metrics()
      expect(series(after, TOKENS)).toBe(5)
      expect(series(after, CLIENT_CLOSED)).toBe(1)
      expect(after).not.toContain('llm_provider_errors_total{')
    },
  )
})

test('timeouts apply after the disconnect too', async () => {
  const gateway = await start({ onDisconnect: 'finish', timeouts: { total: '2s' }, retries: 0 })
  const client = await begin(gateway, CHAT, stream)
  await untilFirstEvent(client)
  client.disconnect()
  await eventually(client.exchange.isCut)
  await ended(gateway)
  const metrics = await gateway.metrics()
  expect(series(metrics, STATUS_499)).toBe(1)
  expect(series(metrics, 'sluice_errors_total{code="upstream_total_timeout"}')).toBe(1)
})

test.each([
  ['cancel', 'finish', false],
  ['finish', 'cancel', true],
  ['finish', undefined, false],
])(
  'with onDisconnect %p for the model and %p for the route, the upstream request is aborted: %p',
  async (forModel, forRoute, isCut) => {
    const route = { model: 'sim-1b', ...(forRoute && { onDisconnect: forRoute }) }
    const gateway = await start({ onDisconnect: forModel }, {}, { routes: { '/v1/r': route } })
    const client = await begin(gateway, '/v1/r/chat/completions', chat('Hello'))
    client.disconnect()
    if (isCut) await eventually(client.exchange.isCut)
    else await client.text
    await anotherIsAborted()
    expect(client.exchange.isCut()).toBe(isCut)
    if (!isCut) client.exchange.answer(WHOLE)
    await ended(gateway)
  },
)

test('a client that stalled and then disconnected no longer holds the upstream back', async () => {
  const gateway = await start({ onDisconnect: 'finish' })
  const body = JSON.stringify(stream)
  const socket = connect(Number(new URL(gateway.url).port), '127.0.0.1', () =>
    socket.write(
      `POST ${CHAT} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${KEY}\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
    ),
  )
  socket.pause()
  const exchange = await upstream.next()
  exchange.beginStream()
  exchange.write(TEXT)
  const large = chunk({ choices: [{ index: 0, delta: { content: 'x'.repeat(100_000) } }] })
  for (let i = 0; i < 300; i++) exchange.write(large) // far more than the socket buffers hold
  await standsStill(exchange.unsent)
  exchange.write(END)
  exchange.endStream()
  expect(await inFlight(gateway)).toBe(1)
  socket.destroy()
  await ended(gateway)
  expect(series(await gateway.metrics(), TOKENS)).toBe(5)
})

function writeConfig(config: object): string {
  const file = join(mkdtempSync(join(tmpdir(), 'sluice-test-')), 'sluice.yaml')
  writeFileSync(file, JSON.stringify(config)) // JSON is YAML
  return file
}

const READY = /Try it:[\s\S]*messages/

describe('a process that receives SIGTERM', () => {
  const startProcess = (drain: string) =>
    startChild(['serve'], READY, {
      SERVER_HOST: '127.0.0.1',
      SERVER_PORT: '0',
      METRICS_PORT: '0',
      SLUICE_MASTER_KEY: KEY,
      SLUICE_CONFIG: writeConfig({ ...onManual({ onDisconnect: 'finish' }), server: { drainTimeout: drain } }),
    })
  const disconnectOne = async (url: string) => {
    const client = await begin({ url } as TestGateway, CHAT, chat('Hello'))
    client.disconnect()
    await client.text
    return client.exchange
  }
  const lineOf = (log: string) =>
    JSON.parse(log.split('\n').find((line) => line.includes('"msg":"request"')) ?? '{}') as object

  test('waits for a response whose client has disconnected, and logs that it was read to the end', async () => {
    const child = await startProcess('60s')
    const url = urlIn(child.output(), /API +(http:\S+)/)
    const exchange = await disconnectOne(url)
    child.process.kill('SIGTERM')
    await eventually(async () => (await sendOnNewConnection(`${url}/health/readiness`).answer).status === 503)
    expect(exchange.isCut()).toBe(false)
    exchange.answer(WHOLE)
    expect(await child.process.exited).toBe(0)
    expect(lineOf(child.output())).toMatchObject({
      status: 499,
      error: 'client_closed',
      method: 'POST',
      provider: 'up',
      readAfterDisconnect: true,
      inputTokens: 7,
      outputTokens: 5,
    })
  })

  test('waits no longer than drainTimeout', async () => {
    const child = await startProcess('300ms')
    const exchange = await disconnectOne(urlIn(child.output(), /API +(http:\S+)/))
    child.process.kill('SIGTERM')
    expect(await child.process.exited).toBe(0)
    expect(exchange.isCut()).toBe(true)
    const line = lineOf(child.output())
    expect(line).toMatchObject({ status: 499, error: 'client_closed' })
    expect(line).not.toHaveProperty('readAfterDisconnect')
  })
})
