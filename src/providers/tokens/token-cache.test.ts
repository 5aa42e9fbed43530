import { expect, test } from 'bun:test'
import { TokenCache, type TokenReport } from './token-cache.ts'
import { TokenError } from './token-error.ts'

const HOUR_MS = 3_600_000
const MINUTE_MS = 60_000

/** A cache whose clock, pauses and server are ours. */
function world(lifeMs = HOUR_MS) {
  const reports: TokenReport[] = []
  const pauses: number[] = []
  const state = { nowMs: 0, asked: 0, answer: undefined as Error | undefined, gate: Promise.resolve() }
  const fetch = async () => {
    const number = ++state.asked
    await state.gate
    if (state.answer) throw state.answer
    return { value: `token-${number}`, expiresMs: state.nowMs + lifeMs }
  }
  const parts = {
    now: () => state.nowMs,
    pause: async (ms: number) => void pauses.push(ms),
    report: (report: TokenReport) => void reports.push(report),
  }
  return Object.assign(state, { cache: new TokenCache(fetch, parts), reports, pauses })
}

/** Everything that can go on without new input has gone on. */
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

test('calls that come together share one request', async () => {
  const { cache, ...rest } = world()
  const tokens = await Promise.all(Array.from({ length: 50 }, () => cache.get()))
  expect([new Set(tokens), rest.reports]).toEqual([new Set(['token-1']), [{ type: 'fetched', validForMs: HOUR_MS }]])
})

test.each<[string, number, number, string, number]>([
  ['half an hour later', HOUR_MS, 30 * MINUTE_MS, 'token-1', 1],
  ['in its last five minutes, while the next is fetched', HOUR_MS, 55 * MINUTE_MS, 'token-1', 2],
  ['in the second half of a short life', 2 * MINUTE_MS, MINUTE_MS, 'token-1', 2],
])('a valid token is there at once: %s', async (_title, lifeMs, laterMs, token, requests) => {
  const it = world(lifeMs)
  await it.cache.get()
  it.nowMs = laterMs
  expect(it.cache.get()).toBe(token)
  expect(it.cache.get()).toBe(token)
  await settled()
  expect(it.asked).toBe(requests)
  expect(it.cache.get()).toBe(`token-${requests}`)
})

test('one that is about to end is not used any more', async () => {
  const it = world()
  await it.cache.get()
  it.nowMs = HOUR_MS - 9999
  const next = it.cache.get()
  expect(next).toBeInstanceOf(Promise)
  expect(await next).toBe('token-2')
})

test('a refresh that fails leaves the old token in use to its end, and is tried again after longer and longer times', async () => {
  const it = world()
  await it.cache.get()
  it.answer = new TokenError('down')
  const attempts: number[] = []
  for (it.nowMs = 55 * MINUTE_MS; it.nowMs < 59 * MINUTE_MS; it.nowMs += 1000) {
    const before = it.asked
    expect(it.cache.get()).toBe('token-1')
    await settled()
    if (it.asked > before) attempts.push(it.nowMs / 1000 - 3300)
  }
  expect(attempts).toEqual([0, 2, 6, 14, 30, 60, 90, 120, 150, 180, 210])
  expect(it.reports[1]).toEqual({ type: 'failed', error: it.answer, validForMs: 5 * MINUTE_MS })
  it.nowMs = HOUR_MS
  expect(await failure(it.cache.get())).toBe('down')
  it.answer = undefined
  it.nowMs += MINUTE_MS
  expect(await it.cache.get()).toStartWith('token-')

  it.nowMs += HOUR_MS
  it.answer = new TokenError('down again')
  expect(await failure(it.cache.get())).toBe('down again')
  it.nowMs += 2000 // the pauses begin anew
  it.answer = undefined
  expect(await it.cache.get()).toStartWith('token-')
})

test('without a token a failure is told to everybody at once, until it is time to try again', async () => {
  const it = world()
  it.answer = new TokenError('no such account')
  expect(await Promise.all([failure(it.cache.get()), failure(it.cache.get())])).toEqual([
    'no such account',
    'no such account',
  ])
  it.nowMs = 1999
  expect([await failure(it.cache.get()), it.asked]).toEqual(['no such account', 1])
  it.nowMs = 2000
  it.answer = undefined
  expect(await it.cache.get()).toBe('token-2')
})

test.each([
  [true, 3, [250, 1000]],
  [false, 1, []],
])('a failure that is transient: %p is asked about %d times', async (isTransient, asked, pauses) => {
  const it = world()
  it.answer = new TokenError('no', isTransient)
  await failure(it.cache.get())
  expect([it.asked, it.pauses]).toEqual([asked, pauses])
})

test('a token that has expired when it comes is none', async () => {
  expect(await failure(world(5000).cache.get())).toContain('is the clock of this machine right?')
})

test('a server that gives the same token again is not asked at each call', async () => {
  let asked = 0
  let nowMs = 0
  const fetch = async () => ({ value: 'same', expiresMs: (asked++, HOUR_MS) })
  const cache = new TokenCache(fetch, { now: () => nowMs, pause: async () => {}, report: () => {} })
  await cache.get()
  for (nowMs = 55 * MINUTE_MS; nowMs < HOUR_MS - 10_000; nowMs += 1000) {
    void cache.get()
    await settled()
  }
  expect(asked).toBe(1 + 4)
})

test('a token that is refused is replaced, but not one that was just fetched', async () => {
  const it = world()
  await it.cache.get()
  it.cache.invalidate()
  expect(it.cache.get()).toBe('token-1')
  it.nowMs = 10_000
  it.cache.invalidate()
  expect(await it.cache.get()).toBe('token-2')
})
