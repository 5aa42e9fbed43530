// Raw bytes: clients and servers that violate HTTP.
import { connect, createServer, type Socket } from 'node:net'

export interface RawResponse {
  readonly text: string
  /** The status of each response, including interim ones. */
  readonly statuses: readonly number[]
  /** Whether the peer closed the connection. */
  readonly isClosed: boolean
}

/** Long enough for a response on this machine. Only connections that stay open wait for it. */
const QUIET_MS = 60

/** Sends bytes on a new connection. Resolves when the peer closes it, or has sent nothing for QUIET_MS after a response. */
export function exchange(url: string, bytes: string | Uint8Array): Promise<RawResponse> {
  const { hostname, port } = new URL(url)
  return new Promise((resolve, reject) => {
    let text = ''
    let quiet: Timer | undefined
    const socket = connect(Number(port), hostname, () => socket.write(bytes))
    const done = (isClosed: boolean) => {
      clearTimeout(quiet)
      const statuses = [...text.matchAll(/^HTTP\/1\.1 (\d+)/gm)].map((match) => Number(match[1]))
      resolve({ text, statuses, isClosed })
      socket.destroy()
    }
    socket.setEncoding('latin1')
    socket.on('data', (data: string) => {
      text += data
      clearTimeout(quiet)
      quiet = setTimeout(() => done(false), QUIET_MS)
    })
    socket.on('end', () => done(true))
    socket.on('error', (error: Error & { code?: string }) => (error.code === 'ECONNRESET' ? done(true) : reject(error)))
  })
}

export interface RawServer {
  readonly url: string
  /** The received requests, head and body. */
  readonly requests: string[]
  /** The number of connections so far. */
  connections: number
  /** Responds to each request. After it ends a connection, nothing more is sent on it. */
  respond: (socket: Socket, count: number) => void
  stop(): void
}

/** A server whose responses the test defines. */
export async function startRawServer(): Promise<RawServer> {
  const sockets = new Set<Socket>()
  const listener = createServer((socket) => {
    server.connections++
    sockets.add(socket)
    let received = ''
    socket.on('error', () => {})
    socket.on('close', () => sockets.delete(socket))
    socket.on('data', (data) => {
      received += data.toString('latin1')
      const head = received.indexOf('\r\n\r\n') + 4
      const length = Number(/^content-length: (\d+)/im.exec(received)?.[1] ?? 0)
      if (head < 4 || received.length < head + length) return
      server.requests.push(received)
      received = ''
      server.respond(socket, server.requests.length)
    })
  })
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve))
  const address = listener.address()
  if (address === null || typeof address === 'string') throw new Error('the server has no port')
  const server: RawServer = {
    url: `http://127.0.0.1:${address.port}`,
    requests: [],
    connections: 0,
    respond: (socket) => socket.end(),
    stop() {
      listener.close()
      for (const socket of sockets) socket.destroy()
    },
  }
  return server
}
