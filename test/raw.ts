// Bytes by hand: what a client, or a server, that follows no rules puts on the wire.
import { connect, createServer, type Socket } from 'node:net'

export interface RawAnswer {
  readonly text: string
  /** The status of each answer that came, interim ones included. */
  readonly statuses: readonly number[]
  /** Whether the other side ended the connection. */
  readonly isClosed: boolean
}

/** Long enough for an answer on this machine; only connections that stay open wait for it. */
const QUIET_MS = 60

/** Sends bytes on a connection of their own; resolves when the other side closes it or has been quiet since its answer. */
export function exchange(url: string, bytes: string | Uint8Array): Promise<RawAnswer> {
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
  /** The requests it was sent, head and body. */
  readonly requests: string[]
  /** How often somebody connected. */
  connections: number
  /** What it answers to each request; nothing more is said on a connection that it ends. */
  answer: (socket: Socket, count: number) => void
  stop(): void
}

/** A server that answers whatever a test wants. */
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
      server.answer(socket, server.requests.length)
    })
  })
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve))
  const address = listener.address()
  if (address === null || typeof address === 'string') throw new Error('it has no port')
  const server: RawServer = {
    url: `http://127.0.0.1:${address.port}`,
    requests: [],
    connections: 0,
    answer: (socket) => socket.end(),
    stop() {
      listener.close()
      for (const socket of sockets) socket.destroy()
    },
  }
  return server
}
