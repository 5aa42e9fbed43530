// The list of open requests of a server, over real sockets.
import { afterAll, expect, test } from 'bun:test'
import { eventually } from '../../test/gateway.ts'
import { parseFault } from './faults/fault.ts'
import type { OpenCall } from './open-calls.ts'
import { createSimServer, type SimServer } from './server.ts'

const running: SimServer[] = []
afterAll(() => running.forEach((server) => server.stop()))

async function start(speed: number, ...faults: string[]): Promise<SimServer> {
  const server = await createSimServer({ speed, faults: faults.map(parseFault) })
  running.push(server)
  return server
}

const send = (server: SimServer, more: object, signal: AbortSignal | null = null) =>
  fetch(`${server.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { 'x-request-id': 'call-1' },
    body: JSON.stringify({ messages: [{ role: 'user', content: 'Hello' }], ...more }),
    signal,
  })

async function openCalls(server: SimServer): Promise<readonly OpenCall[]> {
  return ((await (await fetch(`${server.url}/sim/calls`)).json()) as { calls: readonly OpenCall[] }).calls
}

async function until(server: SimServer, count: number): Promise<readonly OpenCall[]> {
  let calls: readonly OpenCall[] = []
  await eventually(async () => (calls = await openCalls(server)).length === count)
  return calls
}

test.each([
  ['a whole response in progress', 0.02, [], {}],
  ['a stream in progress', 0.02, [], { stream: true }],
  ['a request that a fault leaves without a response', 0, ['hang'], {}],
  ['a stream that a fault stalls', 0, ['hang-stream'], { stream: true }],
  ['a request on the server that can break connections', 0, ['hang-stream', 'reset:0'], { stream: true }],
])('%s is open until its client disconnects', async (_title, speed, faults, body) => {
  const server = await start(speed, ...faults)
  const client = new AbortController()
  const answer = send(server, { ...body, max_tokens: 2000, min_tokens: 2000 }, client.signal)
    .then((response) => response.text())
    .catch(() => 'disconnected')
  const [call] = await until(server, 1)
  expect(call).toMatchObject({ id: 'call-1', path: '/v1/chat/completions' })
  client.abort()
  expect(await answer).toBe('disconnected')
  await until(server, 0)
})

test.each([
  ['a whole response', [], { max_tokens: 3 }],
  ['a stream', [], { max_tokens: 3, stream: true }],
  ['rejected', [], { max_tokens: -3 }],
  ['an error by a fault', ['status-500'], {}],
  ['cut by a fault', ['cut'], { stream: true }],
  ['reset by a fault', ['reset'], { stream: true }],
  ['reset by a fault in the middle', ['reset:1:1:after=2'], { stream: true }],
])('a response that has ended is not open: %s', async (_title, faults, body) => {
  const server = await start(0, ...faults)
  await send(server, body)
    .then((response) => response.text())
    .catch(() => 'broken')
  await until(server, 0)
  expect(await openCalls(server)).toEqual([])
})
