// Clients that read slowly or not at all hold back the upstream instead of filling the gateway's memory.
import { expect, test } from 'bun:test'
import { connect, createServer, type Socket } from 'node:net'
import { eventually, KEY, series, standsStill, startGateway } from './gateway.ts'
import { startManualUpstream } from './manual-upstream.ts'

const EVENT = `data: {"choices":[{"index":0,"delta":{"content":"${'x'.repeat(60_000)}"}}]}\n\n`

/** An upstream that streams without end, as fast as it is read. */
async function startEndlessUpstream(type = 'text/event-stream') {
  let sentBytes = 0
  const sockets = new Set<Socket>()
  const piece = `${EVENT.length.toString(16)}\r\n${EVENT}\r\n`
  const flow = (socket: Socket) => {
    while (!socket.destroyed) {
      sentBytes += piece.length
      if (!socket.write(piece)) return
    }
  }
  const server = createServer((socket) => {
    socket.on('error', () => {})
    socket.on('drain', () => setImmediate(flow, socket))
    socket.once('data', () => {
      sockets.add(socket)
      socket.write(`HTTP/1.1 200 OK\r\ncontent-type: ${type}\r\ntransfer-encoding: chunked\r\n\r\n`)
      flow(socket)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as { port: number }).port}/v1`,
    sent: () => sentBytes,
    /** Resets every connection, as a crash does. */
    reset: () => sockets.forEach((socket) => socket.resetAndDestroy()),
    stop: () => server.close(),
  }
}

test('20 stalled clients hold back their upstream, and their requests end when they disconnect', async () => {
  const endless = await startEndlessUpstream()
  const silent = await startManualUpstream()
  const gateway = await startGateway({
    providers: {
      up: { type: 'openai-compatible', baseUrl: endless.url },
      silent: { type: 'openai-compatible', baseUrl: silent.url },
    },
    models: {
      m: { targets: ['up/m'], timeouts: { idle: '1s' } },
      n: { targets: ['silent/m'], timeouts: { idle: '1s' }, retries: 0 },
    },
  })
  const body = '{"model":"m","stream":true,"messages":[1]}'
  const head = `POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${KEY}\r\ncontent-length: ${body.length}\r\n\r\n`
  const readers = Array.from({ length: 20 }, () => {
    const socket = connect(Number(new URL(gateway.url).port), '127.0.0.1', () => socket.write(head + body))
    socket.pause()
    return socket
  })
  const inFlight = async () => series(await gateway.metrics(), 'sluice_endpoint_in_flight{endpoint="up"}')
  await eventually(async () => (await inFlight()) === 20)
  await standsStill(endless.sent)
  expect(endless.sent() / 20).toBeLessThan(32 * 1024 * 1024) // socket buffers of two hops, which the kernel lets grow; not seconds of stream
  const late = gateway.post('/v1/chat/completions', { model: 'n', stream: true, messages: [1] })
  const exchange = await silent.next()
  exchange.beginStream()
  exchange.write(EVENT)
  expect(await (await late).text()).toContain('upstream_idle_timeout') // a silence of the upstream times out
  expect(await inFlight()).toBe(20) // a silence that the client causes does not
  for (const socket of readers) socket.destroy()
  await eventually(async () => (await inFlight()) === 0)
  await gateway.stop()
  endless.stop()
  silent.stop()
})

test('audio for a stalled client is held back, and does not end cleanly if the upstream fails', async () => {
  const endless = await startEndlessUpstream('audio/mpeg')
  const gateway = await startGateway({
    providers: { up: { type: 'openai-compatible', baseUrl: endless.url } },
    models: { m: 'up/m' },
  })
  const answer = await fetch(`${gateway.url}/v1/audio/speech`, {
    method: 'POST',
    headers: { authorization: `Bearer ${KEY}` },
    body: '{"model":"m","input":"Hi"}',
  })
  const reader = (answer.body as ReadableStream<Uint8Array>).getReader()
  await reader.read()
  await standsStill(endless.sent)
  expect(endless.sent()).toBeLessThan(64 * 1024 * 1024) // including the client's own buffers
  endless.reset()
  const rest = async () => {
    while (!(await reader.read()).done);
  }
  await expect(rest()).rejects.toThrow()
  await eventually(async () => series(await gateway.metrics(), 'http_requests_in_flight') === 0)
  await gateway.stop()
  endless.stop()
})
