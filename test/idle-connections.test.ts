// Connections of clients between two requests (`server.idleTimeout`).
import { afterEach, expect, test } from 'bun:test'
import { connect } from 'node:net'
import { eventually, startGateway, type TestGateway } from './gateway.ts'

let gateways: TestGateway[] = []
afterEach(async () => {
  await Promise.all(gateways.map((gateway) => gateway.stop()))
  gateways = []
})

const REQUEST = 'GET /health/liveness HTTP/1.1\r\nHost: x\r\n\r\n'

/** A connection that has had one response. */
async function used(url: string) {
  const socket = connect(Number(new URL(url).port), '127.0.0.1')
  let text = ''
  let isClosed = false
  socket.setEncoding('latin1')
  socket.on('data', (data: string) => (text += data))
  socket.on('end', () => (isClosed = true))
  const responses = () => text.split('HTTP/1.1 200').length - 1
  const send = async () => {
    const before = responses()
    socket.write(REQUEST)
    await eventually(() => responses() > before && text.endsWith('}\n'))
  }
  await send()
  return { send, isClosed: () => isClosed, close: () => socket.destroy() }
}

async function start(idleTimeout: string): Promise<TestGateway> {
  const gateway = await startGateway({ server: { idleTimeout } })
  gateways.push(gateway)
  return gateway
}

test('an idle connection is closed after the configured time; with `off` it stays', async () => {
  const [short, off, long] = await Promise.all(['1s', 'off', '255s'].map(start))
  const [stays, staysLong] = await Promise.all([used(off!.url), used(long!.url)])
  const api = await used(short!.url)
  const metrics = await used(short!.metricsUrl)
  await eventually(() => api.isClosed() && metrics.isClosed())
  expect([stays.isClosed(), staysLong.isClosed()]).toEqual([false, false])
  await Promise.all([stays.send(), staysLong.send()])
  for (const connection of [stays, staysLong]) connection.close()
})

test('a reload names the setting, because it needs a restart', async () => {
  const gateway = await start('60s')
  gateway.write({ server: { idleTimeout: 'off' } })
  expect(await gateway.reload('admin')).toMatchObject({ ok: true, needsRestart: ['server.idleTimeout'] })
})
