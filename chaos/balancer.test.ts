import { afterAll, expect, test } from 'bun:test'
import { startBalancer } from './balancer.ts'

const stops: (() => void)[] = []
afterAll(() => stops.forEach((stop) => stop()))

function serve(name: string): number {
  const server = Bun.serve({
    port: 0,
    hostname: '127.0.0.1',
    fetch: async (request) => new Response(`${name} ${await request.text()}`),
  })
  stops.push(() => void server.stop(true))
  return server.port!
}

async function balance(...ports: number[]): Promise<string> {
  const balancer = await startBalancer(ports)
  stops.push(balancer.stop)
  return balancer.url
}

const send = async (url: string, body: string) => (await fetch(url, { method: 'POST', body, keepalive: false })).text()

test('connections are distributed in turn and carry bytes in both directions', async () => {
  const url = await balance(serve('a'), serve('b'))
  const long = 'x'.repeat(300_000)
  const bodies = [await send(url, '1'), await send(url, '2'), await send(url, long)]
  expect(bodies.map((body) => body.slice(0, 3)).toSorted()).toEqual(['a 1', 'a x', 'b 2'])
  expect(bodies[2]).toHaveLength(long.length + 2)
})

test('a port that refuses connections is skipped', async () => {
  const dead = serve('dead')
  stops.pop()!()
  const url = await balance(dead, serve('b'))
  expect([await send(url, '1'), await send(url, '2')]).toEqual(['b 1', 'b 2'])
})

test('if no port accepts, the connection is closed', async () => {
  const dead = serve('dead')
  stops.pop()!()
  const failed = await send(await balance(dead), '1').then(
    () => 'responded',
    () => 'closed',
  )
  expect(failed).toBe('closed')
})
