import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'bun:test'
import { once } from 'node:events'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { type Blackhole, startBlackhole } from '../../test/blackhole.ts'
import { createCertificate } from '../../test/certificate.ts'
import { eventually } from '../../test/gateway.ts'
import { Reachability } from './reachability.ts'

const CONNECT_MS = 200
const FRESH_MS = 10_000

let server: Server
let url: string
let connections = 0

beforeAll(async () => {
  server = createServer((socket) => {
    connections++
    socket.on('error', () => {})
    socket.resume()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  url = `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`
})
afterAll(() => void server?.close())

/** A clock that stands still when this process does: what has happened in the meantime is heard of before it goes on. */
let nowMs = 1e6
const ticking = setInterval(() => (nowMs += 2), 1)
afterAll(() => clearInterval(ticking))
const reachabilityOf = (address: string) => new Reachability(address, undefined, () => nowMs)

/** Asks every few milliseconds, as those do who wait; how long it took to be lost, undefined if it is not within `forMs`. */
async function lostAfterMs(reachability: Reachability, { connectMs = CONNECT_MS, forMs = 3 * CONNECT_MS } = {}) {
  const sentMs = nowMs
  const tookMs = () => nowMs - sentMs
  while (tookMs() < forMs) {
    if (reachability.isUnreachable(sentMs, connectMs, nowMs)) return tookMs()
    await Bun.sleep(1)
  }
  return undefined
}

/** At the server, with one of our own: it is behind all others, and ended by the server when it has been accepted. */
async function connectionsSoFar(): Promise<number> {
  const own = connect(Number(new URL(url).port), '127.0.0.1')
  own.end()
  own.resume()
  await once(own, 'close')
  return connections
}

/** The kernel tells which of our sockets are being opened. */
const connecting = async (to: string): Promise<number> => {
  const port = Number(new URL(to).port).toString(16).toUpperCase().padStart(4, '0')
  const lines = (await Bun.file('/proc/net/tcp').text()).split('\n').map((line) => line.trim().split(/\s+/))
  return lines.filter(([, , remote, state]) => remote?.endsWith(`:${port}`) && state === '02').length
}

describe.if(process.platform === 'linux')('an address that does not respond', () => {
  let blackhole: Blackhole
  beforeEach(async () => {
    blackhole = (await startBlackhole())!
  })
  afterEach(() => blackhole?.close())

  test('is unreachable after the connect timeout, not before', async () => {
    const tookMs = await lostAfterMs(reachabilityOf(blackhole.url))
    expect(tookMs).toBeGreaterThanOrEqual(CONNECT_MS)
    expect(tookMs).toBeLessThan(3 * CONNECT_MS)
  })

  test('is probed by one connection at a time, whatever the number of waiting attempts', async () => {
    const reachability = reachabilityOf(blackhole.url)
    const waits = Array.from({ length: 50 }, () => lostAfterMs(reachability, { connectMs: 150 }))
    await eventually(async () => (await connecting(blackhole.url)) > 0)
    expect(await connecting(blackhole.url)).toBe(1)
    const later = lostAfterMs(reachability, { connectMs: 150 })
    expect(await later).toBeLessThan(600)
    expect(await connecting(blackhole.url)).toBe(1)
    for (const tookMs of await Promise.all(waits)) expect(tookMs).toBeLessThan(600)
  })

  test('is not unreachable for attempts sent before it last responded', async () => {
    const reachability = reachabilityOf(blackhole.url)
    const sentMs = nowMs - 60_000
    reachability.responded(sentMs + 1)
    expect(reachability.isUnreachable(sentMs, CONNECT_MS, nowMs)).toBe(false)
    expect(await connecting(blackhole.url)).toBe(0)
  })

  test('is unreachable for an attempt sent just after it last responded, long ago', async () => {
    const reachability = reachabilityOf(blackhole.url)
    const sentMs = nowMs - FRESH_MS - 1
    reachability.responded(sentMs - 1)
    const startedMs = nowMs
    await eventually(() => reachability.isUnreachable(sentMs, CONNECT_MS, nowMs))
    expect(nowMs - startedMs).toBeGreaterThanOrEqual(CONNECT_MS / 2) // not before it has been tried
  })

  test('is probed again before it is unreachable for a later attempt, even one that was not polled meanwhile', async () => {
    const reachability = reachabilityOf(blackhole.url)
    expect(await lostAfterMs(reachability)).toBeDefined()
    const laterMs = nowMs + 2 * CONNECT_MS
    expect(reachability.isUnreachable(laterMs - CONNECT_MS, CONNECT_MS, laterMs)).toBe(false)
  })
})

describe('an address that accepts connections', () => {
  test('is not unreachable, however long the response takes, and is probed once for all waiting attempts', async () => {
    const reachability = reachabilityOf(url)
    const before = await connectionsSoFar()
    const waits = Array.from({ length: 50 }, () => lostAfterMs(reachability))
    expect(new Set(await Promise.all(waits))).toEqual(new Set([undefined]))
    expect(await connectionsSoFar()).toBe(before + 2)
  })

  test('is not probed if it responded recently', async () => {
    const reachability = reachabilityOf(url)
    const sentMs = nowMs
    const before = await connectionsSoFar()
    reachability.responded(sentMs - 1)
    for (const afterMs of [CONNECT_MS, FRESH_MS - 2])
      expect(reachability.isUnreachable(sentMs, CONNECT_MS, sentMs + afterMs)).toBe(false)
    expect(await connectionsSoFar()).toBe(before + 1)
  })

  test('is not probed if the response arrives soon', async () => {
    const reachability = reachabilityOf(url)
    const sentMs = nowMs
    const before = await connectionsSoFar()
    expect(reachability.isUnreachable(sentMs, 5000, sentMs + 499)).toBe(false)
    reachability.responded(sentMs + 499)
    expect(reachability.isUnreachable(sentMs, 5000, sentMs + 60_000)).toBe(false)
    expect(await connectionsSoFar()).toBe(before + 1)
  })
})

describe('an https address that accepts connections', () => {
  const httpsUrl = () => url.replace('http:', 'https:')

  test('and does not answer the TLS handshake is unreachable after the connect timeout', async () => {
    const tookMs = await lostAfterMs(reachabilityOf(httpsUrl()), { forMs: 100 * CONNECT_MS })
    expect(tookMs).toBeGreaterThanOrEqual(CONNECT_MS)
  })

  test.each<[title: string, respond: (socket: Socket) => void]>([
    ['closes the connection', (socket) => socket.end()],
    ['resets the connection', (socket) => socket.resetAndDestroy()],
    ['does not use TLS', (socket) => socket.write('HTTP/1.1 400 Bad Request\r\n\r\n')],
    ['sends an alert', (socket) => socket.write(new Uint8Array([21, 3, 3, 0, 2, 2, 40]))],
  ])('and %s has responded', async (_title, respond) => {
    const other = createServer((socket) => void socket.on('error', () => {}).once('data', () => respond(socket)))
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve))
    const { port } = other.address() as { port: number }
    expect(await lostAfterMs(reachabilityOf(`https://127.0.0.1:${port}`))).toBeUndefined()
    other.close()
  })

  test('and completes the handshake is not unreachable', async () => {
    using https = Bun.serve({ port: 0, hostname: '127.0.0.1', tls: createCertificate(), fetch: () => new Response() })
    expect(await lostAfterMs(reachabilityOf(`https://localhost:${https.port}`))).toBeUndefined()
  })
})

test.each([
  ['refused', async () => 'http://127.0.0.1:9'],
  ['no such host', async () => 'http://no-such-host.invalid'],
])('%s is an answer, and the call says so itself', async (_title, address) => {
  expect(await lostAfterMs(reachabilityOf(await address()))).toBeUndefined()
})
