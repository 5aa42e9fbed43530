import { afterAll, expect, test } from 'bun:test'
import { eventually } from '../../test/gateway.ts'
import { startLoad } from './load.ts'
import type { LoadOptions } from './load.ts'
import { findObstacle } from './preflight.ts'
import { createReport } from './report.ts'
import { buildRequest } from './request.ts'
import { parseTarget } from './target.ts'

const CHUNK = 'data: {"choices":[{"delta":{"content":"x"}}]}\n\n'
const SSE = { headers: { 'content-type': 'text/event-stream' } }

/** A stream that sends these pieces, each in its own turn. */
function streamOf(...pieces: readonly string[]): Response {
  const body = new ReadableStream({
    async start(controller) {
      for (const piece of pieces) {
        controller.enqueue(new TextEncoder().encode(piece))
        await new Promise((resolve) => setImmediate(resolve))
      }
      controller.close()
    },
  })
  return new Response(body, SSE)
}

const RESPONSES: Readonly<Record<string, () => Response | Promise<Response>>> = {
  whole: () => Response.json({ ok: true }),
  rejecting: () => Response.json({ error: { message: 'no such key' } }, { status: 401 }),
  streaming: () => streamOf(CHUNK, CHUNK + CHUNK, 'data: [DONE]\n\n'),
  cutting: () => streamOf(CHUNK),
  failing: () => streamOf(CHUNK, 'data: {"error":{"message":"gone"}}\n\n'),
  silent: () => new Promise<Response>(() => undefined),
}

const server = Bun.serve({
  hostname: '127.0.0.1',
  port: 0,
  async fetch(request) {
    const { model } = (await request.json()) as { model: string }
    return RESPONSES[model]!()
  },
})

/** Accepts connections and sends this response, or closes the connection if it is empty. */
function rawServer(response: string) {
  return Bun.listen({
    hostname: '127.0.0.1',
    port: 0,
    socket: {
      data(socket) {
        if (response === '') socket.terminate()
        else socket.end(response)
      },
    },
  })
}

const RAW = {
  closing: rawServer(''),
  nonsense: rawServer('SSH-2.0-OpenSSH\r\n'),
  partial: rawServer('HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhalf'),
} as const

afterAll(() => {
  void server.stop(true)
  for (const raw of Object.values(RAW)) raw.stop(true)
})

function optionsFor(
  port: number,
  model: string,
  isStream = false,
): Pick<LoadOptions, 'target' | 'request' | 'isStream'> {
  const target = parseTarget(`http://127.0.0.1:${port}/v1`)
  return { target, isStream, request: buildRequest(target, { model, stream: isStream }) }
}

async function measure(options: LoadOptions) {
  const load = startLoad(options)
  await load.done
  return createReport(load, options)
}

test.each([
  ['closed loop', { concurrency: 4 }],
  ['open loop', { rate: 5000 }],
])('a %s sends the requested number of requests', async (_title, shape) => {
  const report = await measure({ ...optionsFor(server.port!, 'whole'), shape, requests: 50 })
  expect(report.requests).toEqual({ succeeded: 50, failed: 0, unfinished: 0 })
  expect(report.latencyMs.count).toBe(50)
})

test('a body larger than the socket buffer arrives completely', async () => {
  const target = parseTarget(`http://127.0.0.1:${server.port}/v1`)
  const request = buildRequest(target, { model: 'whole', promptBytes: 12_000_000 })
  expect(await measure({ target, request, shape: { concurrency: 2 }, requests: 4 })).toMatchObject({
    requests: { succeeded: 4, failed: 0 },
  })
})

test('a stream is measured to its first token and from chunk to chunk', async () => {
  const report = await measure({
    ...optionsFor(server.port!, 'streaming', true),
    shape: { concurrency: 2 },
    requests: 10,
  })
  expect(report.requests).toEqual({ succeeded: 10, failed: 0, unfinished: 0 })
  expect(report).toMatchObject({ chunks: 30, firstTokenMs: { count: 10 }, betweenChunksMs: { count: 20 } })
})

test.each([
  ['an error response', server.port!, 'rejecting', false, 'status 401', 'no such key'],
  ['a stream without an end', server.port!, 'cutting', true, 'cut short', 'after 1 chunks'],
  ['a stream that reports an error', server.port!, 'failing', true, 'error event', 'gone'],
  ['JSON for a streaming call', server.port!, 'whole', true, 'not a stream', 'application/json'],
  ['no response in time', server.port!, 'silent', false, 'timeout', '50 ms'],
  ['a server that closes the connection', RAW.closing.port, 'any', false, 'reset', ''],
  ['a server of another protocol', RAW.nonsense.port, 'any', false, 'malformed', 'SSH'],
  ['half a response', RAW.partial.port, 'any', false, 'cut short', 'before the response had ended'],
  ['a closed port', 1, 'any', false, 'refused', 'nothing listens'],
])('%s is counted by its kind', async (_title, port, model, isStream, kind, message) => {
  const options = {
    ...optionsFor(port, model, isStream),
    shape: { concurrency: 1 },
    requests: 1,
    timeoutMs: kind === 'timeout' ? 50 : 40_000,
  }
  const report = await measure(options)
  expect(report.failures).toEqual([{ kind, count: 1, example: expect.stringContaining(message) }] as never)
  expect(report.requests).toEqual({ succeeded: 0, failed: 1, unfinished: 0 })
})

test('in an open loop a stall counts for every request that it delays', async () => {
  let stallMs = 60
  const stalling = Bun.serve({
    hostname: '127.0.0.1',
    port: 0,
    fetch() {
      for (const until = performance.now() + stallMs; performance.now() < until;);
      stallMs = 0
      return new Response('{}')
    },
  })
  const report = await measure({ ...optionsFor(stalling.port!, 'whole'), shape: { rate: 200 }, requests: 20 })
  void stalling.stop(true)
  // Due every 5 ms during a stall of 60 ms: the requests waited 60, 55, 50 ms and so on, not one 60 and the others 0.
  expect(report.latencyMs.p50).toBeGreaterThan(1)
  expect(report.latencyMs.mean).toBeGreaterThan(8)
})

test('stopping keeps the results so far', async () => {
  const options = { ...optionsFor(server.port!, 'whole'), shape: { concurrency: 2 } }
  const load = startLoad(options)
  while (load.tally.succeeded < 5) await new Promise((resolve) => setImmediate(resolve))
  load.stop()
  await load.done
  const report = createReport(load, options)
  expect(report.requests.succeeded).toBeGreaterThanOrEqual(5)
  expect(report.requests.failed).toBe(0)
  expect(load.tally.inFlight).toBe(0)
})

test('requests that are in flight at the end are unfinished, not failed', async () => {
  const options = { ...optionsFor(server.port!, 'silent'), shape: { concurrency: 3 }, durationMs: 500, drainMs: 10 }
  const load = startLoad(options)
  const begun = load.tally.inFlight // fewer than 3 where the machine pauses before all have started
  await load.done
  expect(begun).toBeGreaterThan(0)
  expect(createReport(load, options).requests).toEqual({ succeeded: 0, failed: 0, unfinished: begun })
})

test('results of the warm-up are discarded', async () => {
  let seen = 0
  const warm = Promise.withResolvers<void>()
  const holding = Bun.serve({
    hostname: '127.0.0.1',
    port: 0,
    async fetch() {
      if (++seen === 4) await warm.promise
      return new Response('{}')
    },
  })
  const options = { ...optionsFor(holding.port!, 'whole'), shape: { concurrency: 1 }, warmupMs: 200, requests: 5 }
  const load = startLoad(options)
  const before = load.tally.latency
  await eventually(() => load.tally.latency !== before)
  warm.resolve()
  await load.done
  void holding.stop(true)
  // Four calls were sent before, of which the last was still under way; then five more.
  expect(load.tally.succeeded).toBe(seen - before.count)
  expect(load.tally.succeeded).toBeGreaterThanOrEqual(5)
})

test.each([
  ['a working server', server.port!, 'whole', false, undefined],
  ['a working stream', server.port!, 'streaming', true, undefined],
  ['a rejected key', server.port!, 'rejecting', false, '--key'],
  ['a closed port', 1, 'any', false, 'sluice serve'],
  ['another protocol', RAW.nonsense.port, 'any', false, 'does not use HTTP/1.1'],
])('the probe of %s returns advice', async (_title, port, model, isStream, advice) => {
  const obstacle = await findObstacle(optionsFor(port, model, isStream))
  if (advice === undefined) expect(obstacle).toBeUndefined()
  else expect(obstacle).toContain(advice)
})
