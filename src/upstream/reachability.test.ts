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

/**
 * Polls every few milliseconds, as a waiting attempt does. Returns the time until unreachable; undefined if it
 * stays reachable for `forMs`.
 */
async function unreachableAfterMs(reachability: Reachability, { connectMs = CONNECT_MS, forMs = 3 * CONNECT_MS } = {}) {
  const sentMs = performance.now()
  for (let nowMs = sentMs; nowMs < sentMs + forMs; nowMs = performance.now()) {
    if (reachability.isUnreachable(sentMs, connectMs, nowMs)) return nowMs - sentMs
    await Bun.sleep(5)
  }
  return undefined
}

/** Connections that the server has accepted, including one of this function, which is the last in the backlog. */
async function connectionsSoFar(): Promise<number> {
  const own = connect(Number(new URL(url).port), '127.0.0.1')
  own.end()
  own.resume()
  await once(own, 'close')
  return connections
}

/** The number of sockets to this address in state SYN_SENT, from the kernel. */
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
  afterEach(() => blackhole.close())

  test('is unreachable after the connect timeout, not before', async () => {
    const tookMs = await unreachableAfterMs(new Reachability(blackhole.url))
    expect(tookMs).toBeGreaterThanOrEqual(CONNECT_MS)
    expect(tookMs).toBeLessThan(3 * CONNECT_MS)
  })

  test('is probed by one connection at a time, whatever the number of waiting attempts', async () => {
    const reachability = new Reachability(blackhole.url)
    const waits = Array.from({ length: 50 }, () => unreachableAfterMs(reachability, { connectMs: 150 }))
    await Bun.sleep(100)
    expect(await connecting(blackhole.url)).toBe(1)
    const later = unreachableAfterMs(reachability, { connectMs: 150 })
    expect(await later).toBeLessThan(600)
    expect(await connecting(blackhole.url)).toBe(1)
    for (const tookMs of await Promise.all(waits)) expect(tookMs).toBeLessThan(600)
  })

  test('is not unreachable for attempts sent before it last responded', async () => {
    const reachability = new Reachability(blackhole.url)
    const sentMs = performance.now() - 60_000
    reachability.responded(sentMs + 1)
    expect(reachability.isUnreachable(sentMs, CONNECT_MS, performance.now())).toBe(false)
    expect(await connecting(blackhole.url)).toBe(0)
  })

  test('is unreachable for an attempt sent just after it last responded, long ago', async () => {
    const reachability = new Reachability(blackhole.url)
    const sentMs = performance.now() - FRESH_MS - 1
    reachability.responded(sentMs - 1)
    const startedMs = performance.now()
    while (!reachability.isUnreachable(sentMs, CONNECT_MS, performance.now())) await Bun.sleep(5)
    expect(performance.now() - startedMs).toBeGreaterThanOrEqual(CONNECT_MS / 2) // not before a connection was tried
  })

  test('is probed again before it is unreachable for a later attempt, even one that was not polled meanwhile', async () => {
    const reachability = new Reachability(blackhole.url)
    expect(await unreachableAfterMs(reachability)).toBeDefined()
    const nowMs = performance.now() + 2 * CONNECT_MS
    expect(reachability.isUnreachable(nowMs - CONNECT_MS, CONNECT_MS, nowMs)).toBe(false)
  })
})

describe('an address that accepts connections', () => {
  test('is not unreachable, however long the response takes, and is probed once for all waiting attempts', async () => {
    const reachability = new Reachability(url)
    const before = await connectionsSoFar()
    const waits = Array.from({ length: 50 }, () => unreachableAfterMs(reachability))
    expect(new Set(await Promise.all(waits))).toEqual(new Set([undefined]))
    expect(await connectionsSoFar()).toBe(before + 2)
  })

  test('is not probed if it responded recently', async () => {
    const reachability = new Reachability(url)
    const sentMs = performance.now()
    const before = await connectionsSoFar()
    reachability.responded(sentMs - 1)
    for (const afterMs of [CONNECT_MS, FRESH_MS - 2])
      expect(reachability.isUnreachable(sentMs, CONNECT_MS, sentMs + afterMs)).toBe(false)
    expect(await connectionsSoFar()).toBe(before + 1)
  })

  test('is not probed if the response arrives soon', async () => {
    const reachability = new Reachability(url)
    const sentMs = performance.now()
    const before = await connectionsSoFar()
    expect(reachability.isUnreachable(sentMs, 5000, sentMs + 499)).toBe(false)
    reachability.responded(sentMs + 499)
    expect(reachability.isUnreachable(sentMs, 5000, sentMs + 60_000)).toBe(false)
    expect(await connectionsSoFar()).toBe(before + 1)
  })
})

test.each([
  ['refused', async () => 'http://127.0.0.1:9'],
  ['no such host', async () => 'http://no-such-host.invalid'],
])('%s is not unreachable: the call itself reports the error', async (_title, address) => {
  expect(await unreachableAfterMs(new Reachability(await address()))).toBeUndefined()
})
