// Raw bytes: clients and servers that violate HTTP.
import { connect, createServer, type Socket } from 'node:net'

export interface RawResponse {
  readonly text: string
  /** The status of each response, including interim ones. */
  readonly statuses: readonly number[]
  /** Whether the peer closed the connection. */
  readonly isClosed: boolean
}

/** What a connection that is still open answers to. */
const PROBE = 'GET /health HTTP/1.1\r\nHost: x\r\n\r\n'

/**
 * Sends bytes on a connection of their own and reads what comes until the other side closes it. With `answers`: until that
 * many whole answers have come, interim ones aside, and then sees whether the connection takes one more request, a page's.
 */
export function exchange(url: string, bytes: string | Uint8Array, answers = Infinity): Promise<RawResponse> {
  const { hostname, port } = new URL(url)
  return new Promise((resolve, reject) => {
    let text = ''
    let answered: string | undefined
    const socket = connect(Number(port), hostname, () => socket.write(bytes))
    const done = (isClosed: boolean) => {
      const own = answered ?? text
      const statuses = [...own.matchAll(/^HTTP\/1\.1 (\d+)/gm)].map((match) => Number(match[1]))
      resolve({ text: own, statuses, isClosed })
      socket.destroy()
    }
    socket.setEncoding('latin1')
    socket.on('data', (data: string) => {
      text += data
      const count = wholeAnswers(text)
      if (count > answers) return done(false)
      if (count < answers || answered !== undefined) return
      answered = text
      socket.write(PROBE)
    })
    socket.on('end', () => done(true))
    socket.on('error', (error: Error & { code?: string }) =>
      error.code === 'ECONNRESET' || error.code === 'EPIPE' ? done(true) : reject(error),
    )
  })
}

/** How many answers with a length stand whole in this text, interim ones aside. */
function wholeAnswers(text: string): number {
  let count = 0
  for (let at = 0; ;) {
    const bodyAt = text.indexOf('\r\n\r\n', at) + 4
    if (bodyAt < 4) return count
    const head = text.slice(at, bodyAt)
    at = bodyAt + Number(/^content-length: (\d+)/im.exec(head)?.[1] ?? 0)
    if (text.length < at) return count
    if (!head.startsWith('HTTP/1.1 1')) count++
  }
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
