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

const ask = async (url: string, body: string) => (await fetch(url, { method: 'POST', body, keepalive: false })).text()

test('connections are dealt in turn, and carry what is sent both ways', async () => {
  const url = await balance(serve('a'), serve('b'))
  const long = 'x'.repeat(300_000)
  const answers = [await ask(url, '1'), await ask(url, '2'), await ask(url, long)]
  expect(answers.map((answer) => answer.slice(0, 3)).toSorted()).toEqual(['a 1', 'a x', 'b 2'])
  expect(answers[2]).toHaveLength(long.length + 2)
})

test('a port that refuses is passed over', async () => {
  const dead = serve('dead')
  stops.pop()!()
  const url = await balance(dead, serve('b'))
  expect([await ask(url, '1'), await ask(url, '2')]).toEqual(['b 1', 'b 2'])
})

test('where none accepts, the connection closes', async () => {
  const dead = serve('dead')
  stops.pop()!()
  const failed = await ask(await balance(dead), '1').then(
    () => 'answered',
    () => 'closed',
  )
  expect(failed).toBe('closed')
})
