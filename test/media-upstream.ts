// An upstream that keeps the very bytes it was asked with, and answers as a test says.

export interface Asked {
  readonly method: string
  readonly path: string
  readonly headers: Headers
  readonly body: ArrayBuffer
}

export type Answer = (request: Request) => Response | Promise<Response>

export interface Listener {
  readonly url: string
  readonly asked: Asked[]
  /** What to say to the calls from now on, one after the other; the last for ever. */
  answers(...next: Answer[]): void
  clear(): void
  stop(): void
}

export function startListener(): Listener {
  const asked: Asked[] = []
  let lines: Answer[] = []
  const server = Bun.serve({
    hostname: '127.0.0.1',
    port: 0,
    idleTimeout: 0,
    async fetch(request) {
      const { pathname, search } = new URL(request.url)
      const { method, headers } = request
      asked.push({ method, path: pathname + search, headers, body: await request.arrayBuffer() })
      return (lines.length > 1 ? lines.shift() : lines[0])!(request)
    },
  })
  return {
    url: `http://127.0.0.1:${server.port}/v1`,
    asked,
    answers: (...next) => void (lines = next),
    clear: () => void (asked.length = 0),
    stop: () => void server.stop(true),
  }
}
