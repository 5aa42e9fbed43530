// The minimum that a relay in Bun can do, for comparison: `bun relay.ts json|bytes|stream UPSTREAM_URL`. Prints its port.

const [variant, upstream] = process.argv.slice(2) as ['json' | 'bytes' | 'stream', string]

const JSON_HEADERS = { 'content-type': 'application/json' }
const STREAM_HEADERS = { 'content-type': 'text/event-stream' }

const forward = (request: Request, body: string | ArrayBuffer) =>
  fetch(upstream + new URL(request.url).pathname, {
    method: 'POST',
    headers: JSON_HEADERS,
    body,
    signal: request.signal,
  })

/** Parses the request, rewrites its model, reads the usage of the response. */
async function relayJson(request: Request): Promise<Response> {
  const body = (await request.json()) as { model: string }
  body.model = 'upstream-model'
  const response = await forward(request, JSON.stringify(body))
  const text = await response.text()
  tokens += (JSON.parse(text) as { usage: { total_tokens: number } }).usage.total_tokens
  return new Response(text, { headers: JSON_HEADERS })
}

async function relayBytes(request: Request): Promise<Response> {
  const response = await forward(request, await request.arrayBuffer())
  return new Response(await response.arrayBuffer(), { headers: JSON_HEADERS })
}

async function relayStream(request: Request): Promise<Response> {
  const response = await forward(request, await request.arrayBuffer())
  const reader = response.body!.getReader()
  const stream = new ReadableStream({
    type: 'direct',
    async pull(controller) {
      try {
        for (let part = await reader.read(); !part.done; part = await reader.read()) {
          controller.write(part.value)
          await controller.flush()
        }
      } catch {
        // The client disconnected: `request.signal` has closed the upstream connection.
      }
      controller.close()
    },
    // An unhandled rejection would end the process.
    cancel: () => reader.cancel().catch(() => undefined),
  })
  return new Response(stream, { headers: STREAM_HEADERS })
}

let tokens = 0
const relay = { json: relayJson, bytes: relayBytes, stream: relayStream }[variant]
const server = Bun.serve({ hostname: '127.0.0.1', port: 0, idleTimeout: 0, maxRequestBodySize: 64 << 20, fetch: relay })
process.on('unhandledRejection', () => undefined)
console.log(server.port)
