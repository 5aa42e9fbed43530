// Upstreams that answer with given bytes, and clients of them.
import { afterAll } from 'bun:test'
import { createServer, type Server, type Socket } from 'node:net'
import { HttpClient } from '../src/upstream/http1/client.ts'
import { HostAddresses } from '../src/upstream/http1/host-addresses.ts'
import type { TransportSettings } from '../src/upstream/http1/settings.ts'

const servers: Server[] = []
export const clients: HttpClient[] = []
afterAll(() => {
  for (const client of clients) client.close()
  for (const server of servers) server.close()
})

export type Respond = (socket: Socket, request: string, count: number) => void

/** A server that calls `respond` for each complete request. */
export async function serverThat(respond: Respond) {
  let connections = 0
  const requests: string[] = []
  const server = createServer((socket) => {
    connections++
    let text = ''
    socket.on('error', () => {}) // the client can disconnect at any time
    socket.on('data', (data) => {
      text += data.toString('latin1')
      const end = text.indexOf('\r\n\r\n')
      const length = Number(/content-length: (\d+)/.exec(text)?.[1] ?? 0)
      if (end === -1 || text.length < end + 4 + length) return
      requests.push(text)
      text = ''
      respond(socket, requests.at(-1)!, requests.length)
    })
  })
  servers.push(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as { port: number }
  return { url: `http://127.0.0.1:${port}/v1`, requests, connections: () => connections }
}

export function createClient(settings: Partial<TransportSettings> = {}): HttpClient {
  const client = new HttpClient({ tls: undefined, unix: undefined, idle: undefined, ...settings }, new HostAddresses())
  clients.push(client)
  return client
}

export const TOO_LARGE = new Error('too large')

export interface Sent {
  readonly method?: string
  readonly body?: Buffer<ArrayBuffer>
  readonly headers?: Record<string, string>
  readonly signal?: AbortSignal
  readonly maxBytes?: number
}

/** Sends a request and reads the response to its end. */
export async function exchange(
  client: HttpClient,
  url: string,
  {
    method = 'POST',
    body = Buffer.from('{}'),
    headers = {},
    signal = new AbortController().signal,
    maxBytes = 1e8,
  }: Sent = {},
) {
  const request = { method, url, headers, body: method === 'POST' ? () => body : undefined, signal }
  const response = await client.send(request)
  return {
    status: response.status,
    text: Buffer.from(await response.body.readAll(maxBytes, () => TOO_LARGE)).toString(),
  }
}

/** The code, or the message, of what a promise is rejected with. */
export async function failureOf(promise: Promise<unknown>): Promise<unknown> {
  try {
    await promise
    return 'no failure'
  } catch (thrown) {
    return (thrown as { code?: string }).code ?? (thrown as Error).message
  }
}

export const OK = 'HTTP/1.1 200 OK\r\n'
export const HELLO = `${OK}content-length: 5\r\n\r\nhello`
export const CHUNKED = `${OK}transfer-encoding: chunked\r\n\r\n2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n`
