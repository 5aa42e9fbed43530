// Requests sent directly to a server stand for a gateway that does not abort its upstream requests.
import { afterAll, beforeAll, expect, test } from 'bun:test'
import { eventually } from '../test/gateway.ts'
import { watchOrphans } from './orphans.ts'
import { type SimProcess, startSim } from './sim-server.ts'

let server: SimProcess
beforeAll(async () => {
  server = await startSim('sim-1b', 0.01)
})
afterAll(() => server?.kill())

const LIMITS = { graceMs: 40, lookEveryMs: 10 }

async function send(id: string): Promise<AbortController> {
  const client = new AbortController()
  const body = { messages: [{ role: 'user', content: 'Go on' }], max_tokens: 4000, min_tokens: 4000, stream: true }
  const init = { method: 'POST', headers: { 'x-request-id': id }, body: JSON.stringify(body), signal: client.signal }
  const response = await fetch(`${server.url}/v1/chat/completions`, init)
  void response.text().catch(() => '') // if it is not read, the runtime may close the connection at a garbage collection
  return client
}

test('a request that a server still works on after its client has disconnected is an orphan; others are not', async () => {
  const clients = [await send('disconnected'), await send('connected')]
  const watch = watchOrphans([server], new Map([['disconnected', performance.now()]]), LIMITS)
  await eventually(() => watch.found.size > 0)
  expect([...watch.found]).toEqual(['disconnected'])
  for (const client of clients) client.abort()
  await watch.stop()
  expect([...watch.found]).toEqual(['disconnected'])
})

test('after the load, every open request is an orphan', async () => {
  const client = await send('open at the end')
  const watch = watchOrphans([server], new Map(), LIMITS)
  await watch.stop()
  expect([...watch.found]).toEqual(['open at the end'])
  client.abort()
})
