// Why there is no connection to an upstream: clients and doctor get the same true reason.
import { afterAll, beforeAll, expect, test } from 'bun:test'
import { createServer, type Server } from 'node:net'
import { doctor } from '../src/cli/doctor.ts'
import { chat, KEY, startGateway, type TestGateway } from './gateway.ts'

/** A TLS alert of level fatal, as a record of TLS 1.2: certificate_required. */
const ALERT = Buffer.from([21, 3, 3, 0, 2, 2, 116])

const servers: Server[] = []
async function serverThatSends(bytes: Uint8Array | string): Promise<number> {
  const server = createServer((socket) => socket.on('error', () => {}).once('data', () => socket.end(bytes)))
  servers.push(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return (server.address() as { port: number }).port
}

const REASONS: Readonly<Record<string, string>> = {
  refused: 'The upstream refused the connection.',
  unresolved: 'The upstream has a host name that does not resolve.',
  certificate: 'The upstream requires a client certificate.',
  'no-tls': 'The upstream does not use TLS on this port. Check `baseUrl`: http or https.',
}

let gateway: TestGateway
beforeAll(async () => {
  const urls: Record<string, string> = {
    refused: 'http://127.0.0.1:9',
    unresolved: 'http://no-such-host.invalid',
    certificate: `https://localhost:${await serverThatSends(ALERT)}`,
    'no-tls': `https://localhost:${await serverThatSends('HTTP/1.1 400 Bad Request\r\n\r\n')}`,
  }
  gateway = await startGateway({
    providers: Object.fromEntries(
      Object.entries(urls).map(([name, url]) => [name, { type: 'vllm', endpoints: [url] }]),
    ),
    models: Object.fromEntries(Object.keys(urls).map((name) => [name, { targets: [`${name}/m`], retries: 0 }])),
  })
})
afterAll(async () => {
  await gateway?.stop()
  for (const server of servers) server.close()
})

test.each(Object.entries(REASONS))('%s: %s', async (model, message) => {
  const response = await gateway.post('/v1/chat/completions', { ...chat('Hello'), model })
  expect(response.status).toBe(502)
  expect(await response.json()).toMatchObject({ error: { code: 'upstream_unreachable', message } })
})

test('doctor reports the reason', async () => {
  const { output } = await doctor({ model: Object.keys(REASONS), url: gateway.url, key: KEY }, 'test', {})
  for (const [model, message] of Object.entries(REASONS))
    expect(output).toContain(`FAILED: ${model}, openai-chat, text: 502: ${message}`)
})
