// Each timeout in a situation where exactly that one expires, over real sockets: complete responses and streams.
import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { createServer, type Server } from 'node:net'
import { type Fleet, startFleet } from '../src/sim/fleet.ts'
import { type Blackhole, startBlackhole } from './blackhole.ts'
import { chat, oneModel, readEvents, series, startGateway, type TestGateway } from './gateway.ts'

let sim: Fleet
let slow: Fleet
let blackhole: Blackhole | undefined
let silent: Server
let silentUrl: string
/** Accepts connections and sends nothing, not even its part of a TLS handshake. */
let stalled: Server
let stalledUrl: string
const gateways: TestGateway[] = []

beforeAll(async () => {
  sim = await startFleet({ servers: 2, speed: 0 })
  slow = await startFleet({ servers: 1, speed: 0.05 })
  blackhole = await startBlackhole()
  silent = createServer((socket) => {
    socket.on('error', () => {})
    socket.once('data', () => socket.write(`HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n${ROLE}`))
  })
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve))
  silentUrl = `http://127.0.0.1:${portOf(silent)}`
  stalled = createServer((socket) => void socket.on('error', () => {}).resume())
  await new Promise<void>((resolve) => stalled.listen(0, '127.0.0.1', resolve))
  stalledUrl = `https://127.0.0.1:${portOf(stalled)}`
})
afterAll(async () => {
  await Promise.all(gateways.map((gateway) => gateway.stop()))
  sim?.stop()
  slow?.stop()
  blackhole?.close()
  silent?.close()
  stalled?.close()
})

const portOf = (server: Server): number => (server.address() as { port: number }).port

async function gatewayFor(...parameters: Parameters<typeof oneModel>): Promise<TestGateway> {
  const gateway = await startGateway(oneModel(...parameters))
  gateways.push(gateway)
  return gateway
}

const setFault = async (fault: object) => {
  await fetch(`${sim.urls[0]}/sim/faults`, { method: 'DELETE' })
  expect((await fetch(`${sim.urls[0]}/sim/faults`, { method: 'POST', body: JSON.stringify(fault) })).status).toBe(200)
}

/** What many servers send before any content. */
const ROLE = 'data: {"id":"a","choices":[{"index":0,"delta":{"role":"assistant","content":""}}]}\n\n'

interface ErrorBody {
  readonly error: { readonly message: string; readonly code: string; readonly param: string | null }
}

/** The error of a response, or at the end of a stream that had begun. */
async function errorOf(response: Response): Promise<ErrorBody['error']> {
  const isStream = response.headers.get('content-type')?.startsWith('text/event-stream')
  const text = isStream ? (await readEvents(response)).at(-2)! : await response.text()
  return (JSON.parse(text) as ErrorBody).error
}

const LONG = { max_tokens: 2000, min_tokens: 2000, ignore_eos: true }

/** The upstream, its fault, the request, the short timeouts, and what the client gets. */
const CASES: [string, () => string, object | undefined, { stream: boolean }, object, number, string, RegExp][] = [
  [
    'connect',
    () => blackhole!.url,
    undefined,
    { stream: true },
    { connect: '300ms' },
    504,
    'connect',
    /did not accept a connection within 300ms/,
  ],
  [
    'connect, complete response',
    () => blackhole!.url,
    undefined,
    { stream: false },
    { connect: '300ms' },
    504,
    'connect',
    /did not accept a connection within 300ms/,
  ],
  ...[true, false].map((stream): (typeof CASES)[number] => [
    `TLS handshake, stream ${stream}`,
    () => stalledUrl,
    undefined,
    { stream },
    { connect: '300ms', firstEvent: '50s', total: '50s' },
    504,
    'connect',
    /did not accept a connection within 300ms/,
  ]),
  [
    'headers',
    () => sim.urls[0]!,
    { kind: 'hang' },
    { stream: true },
    { headers: '200ms' },
    504,
    'headers',
    /sent no response headers within 200ms/,
  ],
  [
    'first event, without headers',
    () => sim.urls[0]!,
    { kind: 'hang' },
    { stream: true },
    { firstEvent: '200ms' },
    504,
    'first_event',
    /did not send the first event of its stream within 200ms/,
  ],
  [
    'first event, after headers and a role',
    () => silentUrl,
    undefined,
    { stream: true },
    { headers: '40s', firstEvent: '300ms', idle: '100ms' },
    504,
    'first_event',
    /did not send the first event of its stream within 300ms/,
  ],
  [
    'idle',
    () => sim.urls[0]!,
    { kind: 'hang-stream', after: 2 },
    { stream: true },
    { headers: '40s', firstEvent: '40s', idle: '200ms' },
    200,
    'idle',
    /sent nothing more of its response for 200ms/,
  ],
  [
    'total',
    () => slow.urls[0]!,
    undefined,
    { stream: true, ...LONG },
    { total: '3s' },
    200,
    'total',
    /did not complete its response within 3s/,
  ],
  [
    'total, complete response',
    () => slow.urls[0]!,
    undefined,
    { stream: false, ...LONG },
    { headers: '50ms', firstEvent: '50ms', idle: '50ms', total: '500ms' },
    504,
    'total',
    /did not complete its response within 500ms/,
  ],
]

describe('the error names the timeout that expired:', () => {
  test.each(CASES)('%s', async (title, url, fault, body, timeouts, status, kind, message) => {
    if (title.startsWith('connect') && !blackhole) return
    if (fault) await setFault(fault)
    const gateway = await gatewayFor([url()], { retries: 0, continueStreams: false, timeouts })
    const response = await gateway.post('/v1/chat/completions', chat('A long story', body))
    expect(response.status).toBe(status)
    const error = await errorOf(response)
    const code = `upstream_${kind}_timeout`
    expect([error.code, error.message]).toEqual([code, expect.stringMatching(message)])
    expect(error.message).toMatch(/\(timeouts\.\w+ of the model "sim-1b"\)\.$/)
    const metrics = await gateway.metrics()
    expect(series(metrics, `llm_provider_errors_total{provider="gpu",model="sim-1b",code="${code}"}`)).toBe(1)
    expect(series(metrics, `sluice_errors_total{code="${code}"}`)).toBe(1)
  })

  test('of the provider, if the model does not set it', async () => {
    await setFault({ kind: 'hang' })
    const timeouts = { headers: '200ms', total: '1ms' }
    const gateway = await gatewayFor([sim.urls[0]!], { retries: 0, timeouts: { total: '50s' } }, { timeouts })
    const { message } = await errorOf(await gateway.post('/v1/chat/completions', chat('x', { stream: true })))
    expect(message).toBe('The upstream sent no response headers within 200ms (timeouts.headers of the provider "gpu").')
  })
})

describe('another endpoint is tried', () => {
  /** Only the bad provider has short timeouts; the total timeout is the model's. */
  const paired = async (bad: string, { total, ...timeouts }: Record<string, string>) => {
    const gateway = await startGateway({
      providers: {
        bad: { type: 'vllm', endpoints: [bad], timeouts },
        good: { type: 'vllm', endpoints: [{ url: sim.urls[1]!, weight: 0 }] },
      },
      models: { 'sim-1b': { targets: ['bad/sim-1b', 'good/sim-1b'], ...(total && { timeouts: { total } }) } },
    })
    gateways.push(gateway)
    return gateway
  }

  test.each<[string, () => string, boolean, Record<string, string>, number]>([
    ['if the connection times out', () => blackhole!.url, false, { connect: '200ms' }, 2],
    ['if the TLS handshake stalls', () => stalledUrl, false, { connect: '200ms' }, 2],
    ['if the TLS handshake of a stream stalls', () => stalledUrl, true, { connect: '200ms', firstEvent: '50s' }, 2],
    ['if the headers do not arrive', () => sim.urls[0]!, true, { headers: '200ms' }, 2],
    ['if the first event does not arrive', () => silentUrl, true, { firstEvent: '200ms' }, 2],
    ['but not if the total timeout expires', () => sim.urls[0]!, true, { total: '200ms' }, 1],
  ])('%s', async (_title, bad, stream, timeouts, attempts) => {
    if (!blackhole) return
    await setFault({ kind: 'hang' })
    const gateway = await paired(bad(), timeouts)
    const response = await gateway.post('/v1/chat/completions', chat('Hello', { stream }))
    await response.text()
    expect([response.status, response.headers.get('x-sluice-attempts')]).toEqual([
      attempts === 2 ? 200 : 504,
      `${attempts}`,
    ])
  })
})

describe('the client sets the timeout', () => {
  const TIMEOUTS = { total: '50s', firstEvent: '50s' }
  let gateway: TestGateway
  beforeAll(async () => {
    const endpoints = [sim.urls[0]!, { url: sim.urls[1]!, weight: 0 }]
    gateway = await gatewayFor([], { retries: 0, timeouts: TIMEOUTS }, { endpoints, health: { failureThreshold: 1 } })
  })

  test.each<[string, Record<string, string>, object, string, string]>([
    ['in a header', { 'x-sluice-timeout': '100ms' }, {}, 'total', 'x-sluice-timeout'],
    ['in a header, in seconds', { 'x-sluice-timeout': '0.1' }, {}, 'total', 'x-sluice-timeout'],
    ["in LiteLLM's header", { 'x-litellm-timeout': '0.1' }, {}, 'total', 'x-litellm-timeout'],
    ['in the body', {}, { timeout: 0.1 }, 'total', '"timeout"'],
    ['in the body, with a unit', {}, { timeout: '100ms' }, 'total', '"timeout"'],
    [
      'in a header, which takes precedence over the body',
      { 'x-sluice-timeout': '100ms' },
      { timeout: 60 },
      'total',
      'x-sluice-timeout',
    ],
    ['for the first event', { 'x-sluice-stream-timeout': '100ms' }, {}, 'first_event', 'x-sluice-stream-timeout'],
    [
      "for the first event, in LiteLLM's header",
      { 'x-litellm-stream-timeout': '0.1' },
      {},
      'first_event',
      'x-litellm-stream-timeout',
    ],
    ['for the first event, in the body', {}, { stream_timeout: 0.1 }, 'first_event', '"stream_timeout"'],
  ])('%s', async (_title, headers, more, kind, from) => {
    await setFault({ kind: 'hang' })
    const response = await gateway.post('/v1/chat/completions', chat('x', { stream: true, ...more }), headers)
    const { code, message } = await errorOf(response)
    expect([response.status, code]).toEqual([504, `upstream_${kind}_timeout`])
    expect(message).toEndWith(` within 100ms (${from} of the request).`)
  })

  test('without an effect on the health of the endpoint', async () => {
    const id = `gpu/${new URL(sim.urls[0]!).host}`
    expect(series(await gateway.metrics(), `sluice_endpoint_state{endpoint="${id}",state="ready"}`)).toBe(1)
  })

  test('for all attempts together', async () => {
    await setFault({ kind: 'hang' })
    const both = await startGateway({
      providers: {
        hurried: { type: 'vllm', endpoints: [sim.urls[0]!], timeouts: { firstEvent: '100ms' } },
        patient: { type: 'vllm', endpoints: [{ url: silentUrl, weight: 0 }], timeouts: { firstEvent: '50s' } },
      },
      models: { 'sim-1b': { targets: ['hurried/sim-1b', 'patient/sim-1b'], retries: 1 } },
    })
    gateways.push(both)
    const response = await both.post('/v1/chat/completions', chat('x', { stream: true, timeout: 3 }))
    expect((await errorOf(response)).code).toBe('upstream_total_timeout')
    expect(response.headers.get('x-sluice-attempts')).toBe('2')
  })

  test.each<[string, object, number, string | null]>([
    ["up to the model's timeout", {}, 300, '"timeout" was reduced to 300ms, the longest timeout allowed here'],
    [
      'up to callerMax',
      { callerMax: '600ms' },
      600,
      '"timeout" was reduced to 600ms, the longest timeout allowed here',
    ],
    ["beyond the model's timeout, up to callerMax", { callerMax: '1h' }, 700, null],
  ])('%s', async (_title, more, expectedMs, warning) => {
    await setFault({ kind: 'hang' })
    const one = await gatewayFor([sim.urls[0]!], { retries: 0, timeouts: { total: '300ms', ...more } })
    const startedMs = performance.now()
    const response = await one.post('/v1/chat/completions', chat('x', { timeout: 0.7 }))
    expect(performance.now() - startedMs).toBeGreaterThanOrEqual(expectedMs)
    expect(response.headers.get('x-sluice-warnings')).toBe(warning)
    expect((await errorOf(response)).message).toContain(`within ${expectedMs}ms`)
  })

  test('and a request that finishes in time succeeds', async () => {
    await fetch(`${sim.urls[0]}/sim/faults`, { method: 'DELETE' })
    const response = await gateway.post('/v1/chat/completions', chat('x', { timeout: 40, stream_timeout: null }))
    expect([response.status, response.headers.get('x-sluice-warnings')]).toEqual([200, null])
  })
})
