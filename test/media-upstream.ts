// An upstream that records the exact bytes of requests, and responds as a test defines.

export interface ReceivedRequest {
  readonly method: string
  readonly path: string
  readonly headers: Headers
  readonly body: ArrayBuffer
}

export type Responder = (request: Request) => Response | Promise<Response>

export interface MediaUpstream {
  readonly url: string
  readonly requests: ReceivedRequest[]
  /** Sets the responses to the next requests, in order. The last one is repeated. */
  respondWith(...next: Responder[]): void
  clear(): void
  stop(): void
}

export function startMediaUpstream(): MediaUpstream {
  const requests: ReceivedRequest[] = []
  let responders: Responder[] = []
  const server = Bun.serve({
    hostname: '127.0.0.1',
    port: 0,
    idleTimeout: 0,
    async fetch(request) {
      const { pathname, search } = new URL(request.url)
      const { method, headers } = request
      requests.push({ method, path: pathname + search, headers, body: await request.arrayBuffer() })
      return (responders.length > 1 ? responders.shift() : responders[0])!(request)
    },
  })
  return {
    url: `http://127.0.0.1:${server.port}/v1`,
    requests,
    respondWith: (...next) => void (responders = next),
    clear: () => void (requests.length = 0),
    stop: () => void server.stop(true),
  }
}
