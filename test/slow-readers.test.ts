// Clients that read slowly, or not at all, hold back the upstream instead of filling the gateway's memory.
import { expect, test } from 'bun:test'
import { connect, createServer, type Socket } from 'node:net'
import { eventually, KEY, series, startGateway } from './gateway.ts'

const EVENT = `data: {"choices":[{"index":0,"delta":{"content":"${'x'.repeat(60_000)}"}}]}\n\n`

/** An upstream that streams without end, as fast as it is read. */
async function startFountain() {
  let sentBytes = 0
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
      socket.write('HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n')
      flow(socket)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as { port: number }).port}/v1`,
    sent: () => sentBytes,
    stop: () => server.close(),
  }
}

test('what 20 stalled readers cost is bounded, and ends when they leave', async () => {
  const fountain = await startFountain()
  const gateway = await startGateway({
    providers: { up: { type: 'openai-compatible', baseUrl: fountain.url } },
    models: { m: { targets: ['up/m'], timeouts: { idle: '200ms' } } },
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
  // The upstream stands still once every buffer between it and the readers is full.
  let before = -1
  await eventually(async () => {
    const isStill = fountain.sent() === before
    before = fountain.sent()
    await Bun.sleep(300)
    return isStill
  }, 10_000)
  expect(fountain.sent() / 20).toBeLessThan(32 * 1024 * 1024) // socket buffers of two hops, which the kernel lets grow; not seconds of stream
  expect(await inFlight()).toBe(20) // silence that the reader caused is not the upstream's
  for (const socket of readers) socket.destroy()
  await eventually(async () => (await inFlight()) === 0)
  await gateway.stop()
  fountain.stop()
}, 20_000)
