import { expect, test } from 'bun:test'
import type { TokenReport } from '../authorization.ts'
import { TokenCache } from './token-cache.ts'
import { TokenError } from './token-error.ts'

const HOUR_MS = 3_600_000
const MINUTE_MS = 60_000

/** A cache with a simulated clock, pauses and token server. */
function scene(lifeMs = HOUR_MS) {
  const reports: TokenReport[] = []
  const pauses: number[] = []
  const state = { nowMs: 0, requests: 0, error: undefined as Error | undefined, gate: Promise.resolve() }
  const fetch = async () => {
    const number = ++state.requests
    await state.gate
    if (state.error) throw state.error
    return { value: `token-${number}`, expiresMs: state.nowMs + lifeMs }
  }
  const parts = {
    now: () => state.nowMs,
    pause: async (ms: number) => void pauses.push(ms),
    report: (report: TokenReport) => void reports.push(report),
  }
  return Object.assign(state, { cache: new TokenCache(fetch, parts), reports, pauses })
}

/** Waits until all pending microtasks have run. */
const settled = async () => {
  for (let turn = 0; turn < 20; turn++) await Promise.resolve()
}

const failure = async (token: string | Promise<string>) => {
  try {
    return await token
  } catch (thrown) {
    return (thrown as Error).message
  }
}

test('simultaneous calls share one request', async () => {
  const { cache, ...rest } = scene()
  const tokens = await Promise.all(Array.from({ length: 50 }, () => cache.get()))
  expect([new Set(tokens), rest.reports]).toEqual([new Set(['token-1']), [{ type: 'fetched', validForMs: HOUR_MS }]])
})

test.each<[string, number, number, string, number]>([
  ['half an hour later', HOUR_MS, 30 * MINUTE_MS, 'token-1', 1],
  ['in its last five minutes, while the next is fetched', HOUR_MS, 55 * MINUTE_MS, 'token-1', 2],
  ['in the second half of a short lifetime', 2 * MINUTE_MS, MINUTE_MS, 'token-1', 2],
])('a valid token is returned without a promise: %s', async (_title, lifeMs, laterMs, token, requests) => {
  const it = scene(lifeMs)
  await it.cache.get()
  it.nowMs = laterMs
  expect(it.cache.get()).toBe(token)
  expect(it.cache.get()).toBe(token)
  await settled()
  expect(it.requests).toBe(requests)
  expect(it.cache.get()).toBe(`token-${requests}`)
})

test('a token that is about to expire is not used', async () => {
  const it = scene()
  await it.cache.get()
  it.nowMs = HOUR_MS - 9999
  const next = it.cache.get()
  expect(next).toBeInstanceOf(Promise)
  expect(await next).toBe('token-2')
})

test('after a failed refresh the old token stays in use until it expires, and retries back off', async () => {
  const it = scene()
  await it.cache.get()
  it.error = new TokenError('down')
  const attempts: number[] = []
  for (it.nowMs = 55 * MINUTE_MS; it.nowMs < 59 * MINUTE_MS; it.nowMs += 1000) {
    const before = it.requests
    expect(it.cache.get()).toBe('token-1')
    await settled()
    if (it.requests > before) attempts.push(it.nowMs / 1000 - 3300)
  }
  expect(attempts).toEqual([0, 2, 6, 14, 30, 60, 90, 120, 150, 180, 210])
  expect(it.reports[1]).toEqual({ type: 'failed', error: it.error, validForMs: 5 * MINUTE_MS })
  it.nowMs = HOUR_MS
  expect(await failure(it.cache.get())).toBe('down')
  it.error = undefined
  it.nowMs += MINUTE_MS
  expect(await it.cache.get()).toStartWith('token-')

  it.nowMs += HOUR_MS
  it.error = new TokenError('down again')
  expect(await failure(it.cache.get())).toBe('down again')
  it.nowMs += 2000 // the back-off starts again
  it.error = undefined
  expect(await it.cache.get()).toStartWith('token-')
})

test('without a token all calls fail with the last error until the next try is due', async () => {
  const it = scene()
  it.error = new TokenError('no such account')
  expect(await Promise.all([failure(it.cache.get()), failure(it.cache.get())])).toEqual([
    'no such account',
    'no such account',
  ])
  it.nowMs = 1999
  expect([await failure(it.cache.get()), it.requests]).toEqual(['no such account', 1])
  it.nowMs = 2000
  it.error = undefined
  expect(await it.cache.get()).toBe('token-2')
})

test.each([
  [true, 3, [250, 1000]],
  [false, 1, []],
])('a failure with isTransient %p is tried %d times', async (isTransient, requests, pauses) => {
  const it = scene()
  it.error = new TokenError('no', isTransient)
  await failure(it.cache.get())
  expect([it.requests, it.pauses]).toEqual([requests, pauses])
})

test('a token that has expired on arrival is rejected', async () => {
  expect(await failure(scene(5000).cache.get())).toContain('Check the clock of this machine.')
})

test('a server that returns the same token again is not queried at each call', async () => {
  let requests = 0
  let nowMs = 0
  const fetch = async () => ({ value: 'same', expiresMs: (requests++, HOUR_MS) })
  const cache = new TokenCache(fetch, { now: () => nowMs, pause: async () => {}, report: () => {} })
  await cache.get()
  for (nowMs = 55 * MINUTE_MS; nowMs < HOUR_MS - 10_000; nowMs += 1000) {
    void cache.get()
    await settled()
  }
  expect(requests).toBe(1 + 4)
})

test('a rejected token is replaced, but not one that was just fetched', async () => {
  const it = scene()
  await it.cache.get()
  it.cache.invalidate()
  expect(it.cache.get()).toBe('token-1')
  it.nowMs = 10_000
  it.cache.invalidate()
  expect(await it.cache.get()).toBe('token-2')
})
