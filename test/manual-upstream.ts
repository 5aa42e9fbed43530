// An upstream that responds when the test decides, byte by byte if needed, and knows when a request is aborted.
import { createServer, type Socket } from 'node:net'
import { eventually } from './gateway.ts'

/** One request as the upstream sees it. */
export interface Exchange {
  readonly path: string
  /** Whether the gateway has closed the connection. */
  readonly isCut: () => boolean
  /** Bytes that were written and that the gateway does not take yet. */
  readonly unsent: () => number
  /** Writes bytes as they are. */
  raw(bytes: string | Uint8Array): void
  /** Begins a stream; `write` adds a chunk to it. */
  beginStream(): void
  write(bytes: string | Uint8Array): void
  endStream(): void
  /** Sends a whole response. */
  answer(body: object, status?: number): void
  /** Resets the connection, like a crashed machine. */
  reset(): void
}

export interface ManualUpstream {
  readonly url: string
  /** All requests so far. */
  readonly exchanges: readonly Exchange[]
  /** The next request, in order of arrival. */
  next(): Promise<Exchange>
  stop(): void
}

export async function startManualUpstream(): Promise<ManualUpstream> {
  const exchanges: Exchange[] = []
  const sockets = new Set<Socket>()
  let taken = 0
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => {})
    socket.on('close', () => sockets.delete(socket))
    socket.on('data', (bytes) => {
      const path = /^POST (\S+)/.exec(bytes.toString('latin1'))?.[1]
      if (path !== undefined) exchanges.push(createExchange(socket, path))
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as { port: number }).port}/v1`,
    exchanges,
    async next() {
      const at = taken++
      await eventually(() => exchanges.length > at)
      return exchanges[at]!
    },
    stop() {
      for (const socket of sockets) socket.destroy()
      server.close()
    },
  }
}

function createExchange(socket: Socket, path: string): Exchange {
  const raw = (bytes: string | Uint8Array) => void socket.write(bytes)
  return {
    path,
    isCut: () => socket.destroyed || socket.readableEnded,
    unsent: () => socket.writableLength,
    raw,
    beginStream: () => raw('HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n'),
    write(bytes) {
      raw(`${Buffer.byteLength(bytes).toString(16)}\r\n`)
      raw(bytes)
      raw('\r\n')
    },
    endStream: () => raw('0\r\n\r\n'),
    answer(body, status = 200) {
      const text = JSON.stringify(body)
      const length = Buffer.byteLength(text)
      raw(`HTTP/1.1 ${status} OK\r\ncontent-type: application/json\r\ncontent-length: ${length}\r\n\r\n${text}`)
    },
    reset: () => void socket.resetAndDestroy(),
  }
}
