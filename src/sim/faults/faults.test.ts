// Every fault as a client sees it on a real socket.
import { afterAll, expect, test } from 'bun:test'
import { connect } from 'node:net'
import { eventually } from '../../../test/gateway.ts'
import { expectedText } from '../expected.ts'
import { createSimServer, type SimServer } from '../server.ts'
import { parseFault } from './fault.ts'

const running: SimServer[] = []
afterAll(() => running.forEach((server) => server.stop()))

async function start(...faults: string[]): Promise<SimServer> {
  const server = await createSimServer({ speed: 0, faults: faults.map(parseFault) })
  running.push(server)
  return server
}

const body = (stream: boolean) => ({ messages: [{ role: 'user', content: 'Break.' }], stream, max_tokens: 9 })
const CHUNK = 'data: {"id":'

const post = (server: SimServer, stream: boolean, init: RequestInit = {}) =>
  fetch(`${server.url}/v1/chat/completions`, { method: 'POST', body: JSON.stringify(body(stream)), ...init })

/**
 * What came over a socket of its own, and how the connection ended. An answer that is to stall is looked at when its `chunks`
 * are here, or its call has arrived: it has when the server has answered others meanwhile, and ours to close.
 */
function raw(
  server: SimServer,
  stream: boolean,
  stallsAfter?: { head: boolean; chunks: number },
): Promise<{ text: string; ended: 'closed' | 'reset' | 'stalled' }> {
  const { promise, resolve } = Promise.withResolvers<{ text: string; ended: 'closed' | 'reset' | 'stalled' }>()
  const json = JSON.stringify(body(stream))
  let text = ''
  const socket = connect(server.port, '127.0.0.1', () =>
    socket.write(
      `POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: ${json.length}\r\n\r\n${json}`,
    ),
  )
  socket.on('data', (data) => (text += data.toString()))
  socket.on('error', () => resolve({ text, ended: 'reset' }))
  socket.on('end', () => resolve({ text, ended: 'closed' }))
  if (stallsAfter) void stalls(stallsAfter)
  async function stalls({ head, chunks }: { head: boolean; chunks: number }) {
    const page = async () => (await fetch(`${server.url}/sim/calls`)).json() as Promise<{ calls: object[] }>
    await eventually(async () => (await page()).calls.length > 0)
    await eventually(() => text.includes('\r\n\r\n') === head && chunksIn(text) >= chunks)
    for (let others = 0; others < 10; others++) await page()
    socket.destroy()
    resolve({ text, ended: 'stalled' })
  }
  return promise
}

const chunksIn = (text: string) => text.split(CHUNK).length - 1

test.each([
  ['status-429:retryAfter=7', 429, '7', 'RateLimitError'],
  ['status-500', 500, null, 'InternalServerError'],
  ['status-503:retryAfter=1', 503, '1', 'ServiceUnavailableError'],
])('%s returns %i', async (fault, status, retryAfter, type) => {
  const response = await post(await start(fault), true)
  expect([response.status, response.headers.get('retry-after')]).toEqual([status, retryAfter])
  expect(((await response.json()) as { error: object }).error).toMatchObject({ type, code: status })
})

test('html-error returns the HTML page of a proxy', async () => {
  const response = await post(await start('html-error'), false)
  expect([response.status, response.headers.get('content-type')]).toEqual([502, 'text/html'])
})

test('empty returns 200 with an empty body', async () => {
  const response = await post(await start('empty'), false)
  expect([response.status, await response.text()]).toEqual([200, ''])
})

test('error-event puts the error into a 200 response', async () => {
  const server = await start('error-event')
  const [stream, whole] = [await post(server, true), await post(server, false)]
  expect([stream.status, whole.status]).toEqual([200, 200])
  expect(await stream.text()).toStartWith('data: {"error":{')
  expect(await whole.json()).toHaveProperty('error.code', 500)
})

test('truncated-json cuts a whole response, with a matching content-length', async () => {
  const response = await post(await start('truncated-json'), false)
  const text = await response.text()
  expect(response.headers.get('content-length')).toBe(String(Buffer.byteLength(text)))
  expect(() => JSON.parse(text)).toThrow()
})

test('malformed-sse damages one event and continues', async () => {
  const text = await (await post(await start('malformed-sse:after=2'), true)).text()
  const events = text.split('\n\n').slice(0, -1)
  const readable = events.map((event) => {
    try {
      return typeof JSON.parse(event.slice('data: '.length)) === 'object'
    } catch {
      return event === 'data: [DONE]'
    }
  })
  expect(readable.indexOf(false)).toBe(2)
  expect([readable.lastIndexOf(false), events.at(-1)]).toEqual([2, 'data: [DONE]'])
})

test('slow-drip sends everything in small pieces', async () => {
  const response = await post(await start('slow-drip'), false)
  let pieces = 0
  let text = ''
  for await (const piece of response.body!) {
    pieces++
    text += new TextDecoder().decode(piece)
  }
  expect(pieces).toBeGreaterThan(10)
  expect(JSON.parse(text)).toHaveProperty('choices.0.message.content', expectedText(body(false)))
})

test.each([
  // fault, stream?, chunks before it, how the connection ends, whether the chunked body is complete
  ['cut:after=2', true, 2, 'closed', true],
  ['truncated-json:after=2', true, 3, 'closed', true],
  ['drop:after=2', true, 2, 'closed', false],
  ['reset:after=2', true, 2, 'reset', false],
  ['hang-stream:after=2', true, 2, 'stalled', false],
  ['cut:after=2', false, 0, 'closed', true],
  ['hang-stream', false, 0, 'stalled', false],
] as const)(
  '%s (stream: %p) passes %i events, then the connection is %s',
  async (fault, stream, chunks, ended, complete) => {
    const stall = ended === 'stalled' ? { head: true, chunks } : undefined
    const server = await start(fault)
    let answer = await raw(server, stream, stall)
    // A reset throws away what has not been read yet.
    const isOvertaken = () => ended === 'reset' && chunksIn(answer.text) < chunks
    while (isOvertaken()) answer = await raw(server, stream)
    expect(answer.text).toStartWith('HTTP/1.1 200 OK')
    expect([chunksIn(answer.text), answer.ended]).toEqual([chunks, ended])
    expect(answer.text.endsWith('0\r\n\r\n')).toBe(complete)
    expect(answer.text).not.toContain('[DONE]')
  },
)

test.each([
  ['hang', 'stalled'],
  ['drop', 'closed'],
  ['reset', 'reset'],
] as const)('%s leaves the call without any answer, the connection %s', async (fault, ended) => {
  const stall = ended === 'stalled' ? { head: false, chunks: 0 } : undefined
  expect(await raw(await start(fault), false, stall)).toEqual({ text: '', ended })
})

test('on the server that can break connections, requests without a fault get normal responses', async () => {
  const server = await start('reset:0')
  expect(await (await post(server, false)).json()).toHaveProperty(
    'choices.0.message.content',
    expectedText(body(false)),
  )
  expect(await (await post(server, true)).text()).toEndWith('data: [DONE]\n\n')
  const leaving = new AbortController()
  const endless = JSON.stringify({ ...body(true), max_tokens: 100_000, ignore_eos: true })
  server.engine.speed = 1
  const response = await post(server, true, { body: endless, signal: leaving.signal })
  await response.body!.getReader().read()
  leaving.abort()
  await eventually(() => server.metrics.disconnects > 0)
  expect(server.engine.running).toBe(0)
})

test('refuse closes the port for a while, and DELETE opens it', async () => {
  const server = await start()
  await server.faults.arm(parseFault('refuse:seconds=60'))
  await expect(post(server, false)).rejects.toThrow()
  await server.faults.clear()
  expect((await post(server, false)).status).toBe(200)
  await server.faults.arm(parseFault('refuse:seconds=0.02'))
  await eventually(() =>
    post(server, false).then(
      ({ ok }) => ok,
      () => false,
    ),
  )
})

test('faults are armed, listed and removed over HTTP, and affect only model requests', async () => {
  const server = await start()
  const faults = (method: string, json?: unknown) =>
    fetch(`${server.url}/sim/faults`, { method, ...(json === undefined ? {} : { body: JSON.stringify(json) }) })
  const armed = await faults('POST', [{ kind: 'status-500' }, { kind: 'reset', rate: 0.5, count: 2 }])
  expect(await armed.json()).toEqual(await (await faults('GET')).json())
  expect((await post(server, false)).status).toBe(500)
  expect((await fetch(`${server.url}/health`)).status).toBe(200)
  expect(await (await faults('DELETE')).json()).toEqual({ faults: [] })
  expect((await post(server, false)).status).toBe(200)
})

test.each(['{"kind":"boom"}', '[{"kind":"cut"},{"kind":"boom"}]', '{'])('%s arms nothing', async (text) => {
  const server = await start()
  expect((await fetch(`${server.url}/sim/faults`, { method: 'POST', body: text })).status).toBe(400)
  expect((await fetch(`${server.url}/sim/faults`, { method: 'PUT' })).status).toBe(405)
  expect(server.faults.list()).toEqual([])
})

test('simultaneous changes run one after the other', async () => {
  const server = await start()
  const change = (at: number) => (at % 3 === 2 ? server.faults.clear() : server.faults.arm(parseFault('drop:0')))
  await Promise.all(Array.from({ length: 12 }, (_, at) => change(at)))
  expect((await post(server, false)).status).toBe(200)
})

test('a request in flight survives the change of servers', async () => {
  const server = await start()
  server.engine.speed = 1
  const response = await post(server, true, {
    body: JSON.stringify({ ...body(true), max_tokens: 60, ignore_eos: true }),
  })
  await server.faults.arm(parseFault('reset:0'))
  await server.faults.clear()
  expect(await response.text()).toEndWith('data: [DONE]\n\n')
})

test('stopping closes requests on a server that no longer listens', async () => {
  const server = await start()
  server.engine.speed = 1
  const response = await post(server, true, {
    body: JSON.stringify({ ...body(true), max_tokens: 9000, ignore_eos: true }),
  })
  await server.faults.arm(parseFault('reset:0'))
  server.stop()
  expect(await response.text().catch(() => 'closed')).not.toContain('[DONE]')
})
