import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'bun:test'
import { once } from 'node:events'
import { connect, createServer, type Server } from 'node:net'
import { type Blackhole, startBlackhole } from '../../test/blackhole.ts'
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
afterAll(() => void server.close())

/** Asks every few milliseconds, as those do who wait; how long it took to be lost, undefined if it is not within `forMs`. */
async function lostAfterMs(reach: Reachability, { connectMs = CONNECT_MS, forMs = 3 * CONNECT_MS } = {}) {
  const sentMs = performance.now()
  for (let nowMs = sentMs; nowMs < sentMs + forMs; nowMs = performance.now()) {
    if (reach.isUnreachable(sentMs, connectMs, nowMs)) return nowMs - sentMs
    await Bun.sleep(5)
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

describe.if(process.platform === 'linux')('an address that answers nothing', () => {
  let blackhole: Blackhole
  beforeEach(async () => {
    blackhole = (await startBlackhole())!
  })
  afterEach(() => blackhole.close())

  test('is lost when the time to connect is over, not before', async () => {
    const tookMs = await lostAfterMs(new Reachability(blackhole.url))
    expect(tookMs).toBeGreaterThanOrEqual(CONNECT_MS)
    expect(tookMs).toBeLessThan(3 * CONNECT_MS)
  })

  test('is asked by one connection at a time, however many wait and however long', async () => {
    const reach = new Reachability(blackhole.url)
    const waits = Array.from({ length: 50 }, () => lostAfterMs(reach, { connectMs: 150 }))
    await Bun.sleep(100)
    expect(await connecting(blackhole.url)).toBe(1)
    const later = lostAfterMs(reach, { connectMs: 150 })
    expect(await later).toBeLessThan(600)
    expect(await connecting(blackhole.url)).toBe(1)
    for (const tookMs of await Promise.all(waits)) expect(tookMs).toBeLessThan(600)
  })

  test('is not lost for what was sent before it last showed life', async () => {
    const reach = new Reachability(blackhole.url)
    const sentMs = performance.now() - 60_000
    reach.responded(sentMs + 1)
    expect(reach.isUnreachable(sentMs, CONNECT_MS, performance.now())).toBe(false)
    expect(await connecting(blackhole.url)).toBe(0)
  })

  test('is lost for what was sent just after it last showed life, when that is long ago', async () => {
    const reach = new Reachability(blackhole.url)
    const sentMs = performance.now() - FRESH_MS - 1
    reach.responded(sentMs - 1)
    const startedMs = performance.now()
    while (!reach.isUnreachable(sentMs, CONNECT_MS, performance.now())) await Bun.sleep(5)
    expect(performance.now() - startedMs).toBeGreaterThanOrEqual(CONNECT_MS / 2) // not before it has been tried
  })

  test('is tried again before a later call is given up, even one that has waited unlooked at', async () => {
    const reach = new Reachability(blackhole.url)
    expect(await lostAfterMs(reach)).toBeDefined()
    const nowMs = performance.now() + 2 * CONNECT_MS
    expect(reach.isUnreachable(nowMs - CONNECT_MS, CONNECT_MS, nowMs)).toBe(false)
  })
})

describe('an address that can be connected to', () => {
  test('is not lost, however long the answer takes, and is asked once by all who wait', async () => {
    const reach = new Reachability(url)
    const before = await connectionsSoFar()
    const waits = Array.from({ length: 50 }, () => lostAfterMs(reach))
    expect(new Set(await Promise.all(waits))).toEqual(new Set([undefined]))
    expect(await connectionsSoFar()).toBe(before + 2)
  })

  test('is not asked while it has been heard of lately', async () => {
    const reach = new Reachability(url)
    const sentMs = performance.now()
    const before = await connectionsSoFar()
    reach.responded(sentMs - 1)
    for (const afterMs of [CONNECT_MS, FRESH_MS - 2])
      expect(reach.isUnreachable(sentMs, CONNECT_MS, sentMs + afterMs)).toBe(false)
    expect(await connectionsSoFar()).toBe(before + 1)
  })

  test('is not asked when the answer comes soon', async () => {
    const reach = new Reachability(url)
    const sentMs = performance.now()
    const before = await connectionsSoFar()
    expect(reach.isUnreachable(sentMs, 5000, sentMs + 499)).toBe(false)
    reach.responded(sentMs + 499)
    expect(reach.isUnreachable(sentMs, 5000, sentMs + 60_000)).toBe(false)
    expect(await connectionsSoFar()).toBe(before + 1)
  })
})

test.each([
  ['refused', async () => 'http://127.0.0.1:9'],
  ['no such host', async () => 'http://no-such-host.invalid'],
])('%s is an answer, and the call says so itself', async (_title, address) => {
  expect(await lostAfterMs(new Reachability(await address()))).toBeUndefined()
})
