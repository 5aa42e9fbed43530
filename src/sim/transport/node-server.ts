// The server that can break connections: node:http gives access to the socket, at three times the CPU of Bun.serve.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { NoReply, Reply, SimCall, Sink } from '../wire/reply.ts'
import type { TransportServer, Handle } from './transport-server.ts'

export async function openNodeServer(hostname: string, port: number, handle: Handle): Promise<TransportServer> {
  const server = createServer((request, response) => void serve(request, response, handle))
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  server.once('error', reject)
  server.listen(port, hostname, resolve)
  await promise
  return {
    port,
    close() {
      server.close()
      server.closeIdleConnections()
    },
    kill() {
      server.close()
      server.closeAllConnections()
    },
  }
}

async function serve(request: IncomingMessage, response: ServerResponse, handle: Handle): Promise<void> {
  const disconnected = new AbortController()
  response.once('close', () => {
    if (!response.writableFinished) disconnected.abort()
  })
  send(await handle(asCall(request, disconnected.signal)), response)
}

const asCall = (request: IncomingMessage, signal: AbortSignal): SimCall => ({
  method: request.method ?? 'GET',
  path: (request.url ?? '/').split('?', 1)[0]!,
  header: (name) => request.headers[name]?.toString(),
  body: () => readBody(request),
  signal,
})

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks).toString()
}

function send(reply: Reply, response: ServerResponse): void {
  if (reply.type === 'none') return breakOff(response, reply.how)
  response.writeHead(reply.status, { ...reply.headers, ...lengthOf(reply) })
  if (reply.type === 'whole') response.end(reply.body)
  else reply.start(createSink(response, reply.isBinary ? 'latin1' : 'utf8'))
}

const lengthOf = (reply: Reply): Record<string, string> =>
  reply.type === 'whole' ? { 'content-length': String(Buffer.byteLength(reply.body)) } : {}

function breakOff(response: ServerResponse, how: NoReply['how']): void {
  if (how === 'close') response.socket?.destroy()
  if (how === 'reset') response.socket?.resetAndDestroy()
}

/** A reset discards what the peer has not read yet. This delay gives it the time to read what was written before. */
const LINGER_MS = 20

function createSink(response: ServerResponse, encoding: 'latin1' | 'utf8'): Sink {
  return {
    write: (text) => void (response.writableEnded || response.write(text, encoding)),
    end: () => void response.end(),
    breakOff: (how) => void setTimeout(() => breakOff(response, how), LINGER_MS),
  }
}
