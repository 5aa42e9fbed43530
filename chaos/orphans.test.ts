// A server that is asked directly stands for a gateway that forgot to hang up.
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

async function ask(id: string): Promise<AbortController> {
  const client = new AbortController()
  const body = { messages: [{ role: 'user', content: 'Go on' }], max_tokens: 4000, min_tokens: 4000, stream: true }
  const init = { method: 'POST', headers: { 'x-request-id': id }, body: JSON.stringify(body), signal: client.signal }
  const response = await fetch(`${server.url}/v1/chat/completions`, init)
  void response.text().catch(() => '') // unread, the runtime may hang up when it collects its garbage
  return client
}

test('a call that a server still works on some time after its client has gone is one, whoever answers meanwhile', async () => {
  const clients = [await ask('gone'), await ask('still here')]
  const watch = watchOrphans([server], new Map([['gone', performance.now()]]), LIMITS)
  await eventually(() => watch.found.size > 0)
  expect([...watch.found]).toEqual(['gone'])
  for (const client of clients) client.abort()
  await watch.stop()
  expect([...watch.found]).toEqual(['gone'])
})

test('when the load is over nothing may be open', async () => {
  const client = await ask('left over')
  const watch = watchOrphans([server], new Map(), LIMITS)
  await watch.stop()
  expect([...watch.found]).toEqual(['left over'])
  client.abort()
})
