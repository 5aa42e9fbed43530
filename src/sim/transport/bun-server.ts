// The default server: Bun.serve, which takes the least CPU. It cannot break connections on purpose.
import type { Reply, SimCall, Sink, StreamReply } from '../wire/reply.ts'
import type { TransportServer, Handle } from './transport-server.ts'

export function openBunServer(hostname: string, port: number, handle: Handle): TransportServer {
  const server = Bun.serve({
    hostname,
    port,
    idleTimeout: 0,
    fetch: async (request) => toResponse(await handle(asCall(request)), request.signal),
  })
  return {
    port: server.port!,
    close: () => void server.stop(false),
    kill: () => void server.stop(true),
  }
}

const asCall = (request: Request): SimCall => ({
  method: request.method,
  path: pathOf(request.url),
  header: (name) => request.headers.get(name) ?? undefined,
  body: () => request.text(),
  get signal() {
    return request.signal
  },
})

/** Cheaper than a URL object. */
function pathOf(url: string): string {
  const from = url.indexOf('/', url.indexOf('//') + 2)
  const query = url.indexOf('?', from)
  return query === -1 ? url.slice(from) : url.slice(from, query)
}

function toResponse(reply: Reply, signal: AbortSignal): Response | Promise<Response> {
  if (reply.type === 'whole') return new Response(reply.body, reply)
  if (reply.type === 'stream') return new Response(toBody(reply, signal), reply)
  return new Promise<Response>((resolve) => {
    signal.addEventListener('abort', () => resolve(new Response(null)), { once: true })
  })
}

function toBody(reply: StreamReply, signal: AbortSignal): ReadableStream {
  return new ReadableStream({
    type: 'direct',
    pull(controller: ReadableStreamDirectController) {
      const { promise, resolve } = Promise.withResolvers<void>()
      const sink = createSink(controller, reply.isBinary === true, resolve)
      signal.addEventListener('abort', resolve as () => void, { once: true })
      reply.start(sink)
      return promise
    },
  })
}

/** Writes are collected until the end of the turn: one packet for all tokens of one step. */
function createSink(controller: ReadableStreamDirectController, isBinary: boolean, done: () => void): Sink {
  let buffered = ''
  let open = true
  const flush = () => {
    if (buffered === '') return
    const text = buffered
    buffered = ''
    try {
      void controller.write(isBinary ? Buffer.from(text, 'latin1') : text)
      // This rejects if the client has just disconnected; its abort event follows.
      Promise.resolve(controller.flush()).catch(() => {})
    } catch {
      open = false
    }
  }
  return {
    write(text) {
      if (!open) return
      if (buffered === '') queueMicrotask(flush)
      buffered += text
    },
    end() {
      if (!open) return
      flush()
      open = false
      try {
        void controller.close()
      } catch {
        // The client disconnected in this turn.
      }
      done()
    },
    breakOff: () => {
      throw new Error('Bun.serve cannot break a connection')
    },
  }
}
