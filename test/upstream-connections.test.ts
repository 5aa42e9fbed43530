// How connections to upstreams are made: private authorities, client certificates, server names, Unix sockets, idle limits.
import { afterEach, beforeAll, expect, test } from 'bun:test'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createCertificate } from './certificate.ts'
import { chat, eventually, startGateway, type TestGateway } from './gateway.ts'

const authority = createCertificate({ names: ['authority'] })
const otherAuthority = createCertificate({ names: ['other-authority'] })
const server = createCertificate({ names: ['vllm.internal'], issuer: authority })
const client = createCertificate({ names: ['client'], issuer: authority })
const stranger = createCertificate({ names: ['client'], issuer: otherAuthority })

let gateway: TestGateway | undefined
let folder: string
const servers: ReturnType<typeof Bun.serve>[] = []
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'sluice-upstream-'))
})
afterEach(async () => {
  await gateway?.stop()
  gateway = undefined
  for (const each of servers.splice(0)) await each.stop(true)
})

const STREAM = `data: {"id":"c","choices":[{"index":0,"delta":{"content":"yes"},"finish_reason":"stop"}]}\n\ndata: [DONE]\n\n`

interface Upstream {
  readonly url: string
  /** Ports of the clients, one for each connection. */
  readonly peers: Set<number>
  readonly checks: () => number
  readonly paths: string[]
}

function serve(options: object): Upstream {
  const peers = new Set<number>()
  const paths: string[] = []
  let checks = 0
  const started = Bun.serve({
    ...options,
    async fetch(request: Request, self: Bun.Server<undefined>) {
      paths.push(new URL(request.url).pathname)
      if (request.method === 'GET') {
        checks++
        return new Response('ok')
      }
      peers.add(self.requestIP(request)?.port ?? 0)
      const { stream } = (await request.json()) as { stream?: boolean }
      await Bun.sleep(20)
      return stream
        ? new Response(STREAM, { headers: { 'content-type': 'text/event-stream' } })
        : Response.json({ choices: [{ message: { content: 'yes' }, finish_reason: 'stop' }] })
    },
  } as never)
  servers.push(started)
  return { url: `https://127.0.0.1:${started.port}`, peers, paths, checks: () => checks }
}

const secured = (more: object = {}) =>
  serve({ port: 0, hostname: '127.0.0.1', tls: { cert: server.cert, key: server.key, ...more } })

const provider = (more: object) => ({
  providers: { gpu: { type: 'vllm', health: { enabled: false }, ...more } },
  models: { 'sim-1b': { targets: ['gpu/m'], retries: 0 } },
})

const ask = (more: object = {}) => gateway!.post('/v1/chat/completions', chat('Hello', more))

async function outcome(config: object): Promise<string> {
  gateway = await startGateway(config)
  const response = await ask()
  const body = (await response.json()) as { error?: { message: string } }
  return body.error ? `${response.status} ${body.error.message}` : String(response.status)
}

const CA = { ca: authority.cert }
const NAME = { serverName: 'vllm.internal' }
const CLIENT = { certificate: client.cert, key: client.key }

test.each([
  ['authority and name', { ...CA, ...NAME }, '200'],
  ['no settings', undefined, '502 The upstream has a certificate that is not trusted.'],
  ['another authority', { ca: otherAuthority.cert, ...NAME }, 'not trusted'],
  ['the wrong name', { ...CA, serverName: 'other.internal' }, 'has a certificate for another host name'],
  ['no name', CA, 'has a certificate for another host name'],
  ['several authorities', { ca: `${otherAuthority.cert}${authority.cert}`, ...NAME }, '200'],
])('a private authority: %s', async (_, tls, expected) => {
  const { url } = secured()
  expect(await outcome(provider({ baseUrl: url, ...(tls && { tls }) }))).toContain(expected)
})

test.each([
  ['a client certificate', CLIENT, '200'],
  ['none', {}, 'requires a client certificate'],
  ['one of another authority', { certificate: stranger.cert, key: stranger.key }, '502'],
])('a server that requires a client certificate: %s', async (_, more, expected) => {
  const { url } = secured({ ca: authority.cert, requestCert: true, rejectUnauthorized: true })
  expect(await outcome(provider({ baseUrl: url, tls: { ...CA, ...NAME, ...more } }))).toContain(expected)
})

test('streams and active health checks use the same settings', async () => {
  const upstream = secured({ ca: authority.cert, requestCert: true, rejectUnauthorized: true })
  const tls = { ...CA, ...NAME, ...CLIENT }
  gateway = await startGateway(provider({ baseUrl: upstream.url, tls, health: { interval: '20ms' } }))
  expect(await (await ask({ stream: true })).text()).toContain('yes')
  await eventually(() => upstream.checks() > 1)
})

test('a new file of authorities takes effect without a restart', async () => {
  const file = join(folder, 'ca.crt')
  writeFileSync(file, otherAuthority.cert)
  const { url } = secured()
  const config = provider({ baseUrl: url, tls: { ca: `file:${file}`, ...NAME } })
  expect(await outcome(config)).toContain('502')
  writeFileSync(file, authority.cert)
  await gateway!.reload('admin')
  expect((await ask()).status).toBe(200)
})

test('a connection is used again, also after a reload that leaves the settings alone', async () => {
  const { url, peers } = secured()
  gateway = await startGateway(provider({ baseUrl: url, tls: { ...CA, ...NAME } }))
  for (let at = 0; at < 3; at++) await (await ask()).text()
  await gateway.reload('admin')
  for (let at = 0; at < 3; at++) await (await ask()).text()
  expect(peers.size).toBe(1)
})

test.each([
  ['', ['/v1/chat/completions']],
  [':/v1', ['/v1/chat/completions']],
  [':/api/v2', ['/api/v2/chat/completions']],
])('a Unix socket, with the path %p', async (path, paths) => {
  const socket = join(folder, 'upstream.sock')
  const upstream = serve({ unix: socket })
  gateway = await startGateway(provider({ endpoints: [`unix:${socket}${path}`] }))
  expect(await (await ask({ stream: true })).text()).toContain('yes')
  const response = await ask()
  expect(response.status).toBe(200)
  expect(response.headers.get('x-sluice-endpoint')).toStartWith(`gpu/unix:${socket}`)
  expect(upstream.paths.slice(0, 1)).toEqual(paths)
})

test('active health checks use the socket, and a missing one has a readable error', async () => {
  const socket = join(folder, 'checked.sock')
  const upstream = serve({ unix: socket })
  gateway = await startGateway(provider({ baseUrl: `unix:${socket}`, health: { interval: '20ms' } }))
  await eventually(() => upstream.checks() > 1)
  expect((await ask()).status).toBe(200)
  await gateway.stop()
  expect(await outcome(provider({ baseUrl: `unix:${join(folder, 'none.sock')}` }))).toBe(
    '502 The upstream has no socket file at this path. Start the server, or check `baseUrl`.',
  )
})

test('an idle connection is closed after the configured time, and one with a longer time stays', async () => {
  const closed = { short: false, long: false }
  const listeners = await Promise.all(
    (['short', 'long'] as const).map(async (name) => {
      const body = '{"choices":[{"message":{"content":"yes"},"finish_reason":"stop"}]}'
      const head = `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n`
      const listener = createServer((socket) => {
        socket.on('error', () => {}).on('close', () => (closed[name] = true))
        socket.once('data', () => socket.write(head + body))
      })
      await once(listener.listen(0, '127.0.0.1'), 'listening')
      return listener
    }),
  )
  const [short, long] = listeners.map((listener) => `http://127.0.0.1:${(listener.address() as { port: number }).port}`)
  const health = { enabled: false }
  gateway = await startGateway({
    providers: {
      short: { type: 'vllm', baseUrl: short, health, connections: { idleTimeout: '1s' } },
      long: { type: 'vllm', baseUrl: long, health, connections: { idleTimeout: '4m' } },
    },
    models: { short: 'short/m', long: 'long/m' },
  })
  for (const model of ['long', 'short'])
    expect((await gateway.post('/v1/chat/completions', { ...chat('Hello'), model })).status).toBe(200)
  await eventually(() => closed.short)
  expect(closed.long).toBe(false)
  for (const listener of listeners) listener.close()
})

test('only as many idle connections are kept as configured', async () => {
  const upstream = serve({ port: 0, hostname: '127.0.0.1' })
  const baseUrl = upstream.url.replace('https', 'http')
  const rounds = async () => {
    upstream.peers.clear()
    for (let round = 0; round < 3; round++)
      await Promise.all(Array.from({ length: 8 }, async () => (await ask()).text()))
    return upstream.peers.size
  }
  gateway = await startGateway(provider({ baseUrl, connections: { maxIdle: 100 } }))
  const many = await rounds()
  gateway.write(provider({ baseUrl, connections: { maxIdle: 1 } }))
  await gateway.reload('admin')
  expect(await rounds()).toBeGreaterThan(many)
  rmSync(folder, { recursive: true, force: true })
})
