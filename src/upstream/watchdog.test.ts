import { describe, expect, test } from 'bun:test'
import { type Expiry, Watch, Watchdog } from './watchdog.ts'

const TIMEOUTS = { connectMs: 1e9, headersMs: 80, firstEventMs: 100, idleMs: 50, totalMs: 1000 }

/** A step: headers, a comment, an event, a pause of the client, or a check with the timeout that it should find. */
type Step =
  | readonly [what: 'headers' | 'comment' | 'event' | 'pause', atMs: number]
  | readonly [what: 'check', atMs: number, found?: Expiry]

function nextEvent(watch: Watch, atMs: number): void {
  watch.begin()
  watch.event(atMs)
}

describe('a timeout expires', () => {
  test.each<[string, Step[]]>([
    [
      'if there is no first event',
      [
        ['headers', 10],
        ['check', 99],
        ['check', 100, 'firstEvent'],
      ],
    ],
    [
      'if there are no headers',
      [
        ['check', 79],
        ['check', 80, 'headers'],
      ],
    ],
    [
      'for the first event, after the headers',
      [
        ['headers', 70],
        ['check', 99],
        ['check', 100, 'firstEvent'],
      ],
    ],
    [
      'for the first event, although comments arrive',
      [
        ['headers', 5],
        ['comment', 10],
        ['check', 70],
        ['comment', 90],
        ['check', 100, 'firstEvent'],
      ],
    ],
    [
      'if there is no next event',
      [
        ['event', 90],
        ['check', 139],
        ['check', 140, 'idle'],
      ],
    ],
    [
      'not while events arrive',
      [
        ['event', 40],
        ['event', 80],
        ['event', 120],
        ['check', 169],
        ['check', 170, 'idle'],
      ],
    ],
    [
      'not while the client is slow',
      [
        ['event', 10],
        ['pause', 20],
        ['check', 500],
      ],
    ],
    [
      'after a pause, from the next event on',
      [
        ['event', 10],
        ['pause', 20],
        ['event', 300],
        ['check', 349],
        ['check', 350, 'idle'],
      ],
    ],
    [
      'for the first event, even during a pause',
      [
        ['headers', 5],
        ['pause', 10],
        ['check', 100, 'firstEvent'],
      ],
    ],
    [
      'in total, although events arrive',
      [
        ['event', 990],
        ['check', 999],
        ['check', 1000, 'total'],
      ],
    ],
    [
      'in total, although the client is slow',
      [
        ['event', 10],
        ['pause', 20],
        ['check', 1000, 'total'],
      ],
    ],
    [
      'once, the total timeout before the idle timeout',
      [
        ['event', 10],
        ['check', 5000, 'total'],
      ],
    ],
  ])('%s', (_title, steps) => {
    const expired: Expiry[] = []
    const watch = new Watch(TIMEOUTS, 0, (expiry) => expired.push(expiry))
    for (const [what, atMs, found] of steps) {
      if (what === 'headers') watch.headers()
      else if (what === 'comment') watch.event(atMs)
      else if (what === 'event') nextEvent(watch, atMs)
      else if (what === 'pause') watch.pause()
      else expect([watch.check(atMs), expired.at(-1)]).toEqual([found !== undefined, found])
    }
  })

  test('30 s without data after the first event are reported once, and not while the client is slow', () => {
    const timeouts = { ...TIMEOUTS, headersMs: 1e6, firstEventMs: 1e6, idleMs: 1e6, totalMs: 1e7 }
    const noticed: number[] = []
    const watch = new Watch(timeouts, 0, () => {})
    watch.onStalled = (nowMs) => noticed.push(nowMs)
    watch.check(50_000) // a long prompt is not a stall
    nextEvent(watch, 60_000)
    for (const nowMs of [89_999, 90_000, 95_000]) watch.check(nowMs)
    watch.event(100_000)
    watch.check(130_000)
    watch.event(140_000)
    watch.pause()
    watch.check(200_000)
    expect(noticed).toEqual([90_000, 130_000])
  })

  test('a complete response has no timeout but the total', () => {
    const expired: Expiry[] = []
    const watch = new Watch({ ...TIMEOUTS, headersMs: Infinity, firstEventMs: Infinity }, 0, (expiry) =>
      expired.push(expiry),
    )
    expect([watch.check(999), watch.check(1000), expired]).toEqual([false, true, ['total']])
  })
})

describe('the watchdog', () => {
  const startedMs = performance.now()
  const later = (ms: number) => startedMs + ms + 60_000

  test('reports to each attempt once, and not to a released one', () => {
    const watchdog = new Watchdog(60_000)
    const reported: string[] = []
    watchdog.watch(TIMEOUTS, (expiry) => reported.push(`a ${expiry}`))
    const released = watchdog.watch(TIMEOUTS, (expiry) => reported.push(`b ${expiry}`))
    watchdog.watch({ ...TIMEOUTS, headersMs: 1e9, firstEventMs: 1e9, totalMs: 1e9 }, (expiry) =>
      reported.push(`c ${expiry}`),
    )
    watchdog.release(released)
    watchdog.sweep(startedMs)
    expect(reported).toEqual([])
    watchdog.sweep(later(0))
    watchdog.sweep(later(100))
    expect(reported).toEqual(['a total'])
    watchdog.stop()
  })

  test('an attempt can release others in its callback', () => {
    const watchdog = new Watchdog(60_000)
    const reported: string[] = []
    const second = { watch: undefined as Watch | undefined }
    watchdog.watch(TIMEOUTS, () => {
      reported.push('first')
      watchdog.release(second.watch!)
    })
    second.watch = watchdog.watch(TIMEOUTS, () => reported.push('second'))
    watchdog.sweep(later(0))
    expect(reported).toEqual(['first'])
    watchdog.stop()
  })

  test('checks by its own timer', async () => {
    const watchdog = new Watchdog(1)
    const expiry = await new Promise<Expiry>((resolve) =>
      watchdog.watch({ ...TIMEOUTS, firstEventMs: 1, totalMs: 1e9 }, resolve),
    )
    expect(expiry).toBe('firstEvent')
    watchdog.stop()
  })

  test('a process that was suspended reads what upstreams sent meanwhile before it applies timeouts', async () => {
    let nowMs = 0
    let look = Promise.withResolvers<void>()
    const watchdog = new Watchdog(1, () => {
      look.resolve()
      return nowMs
    })
    const { promise: expired, resolve } = Promise.withResolvers<Expiry>()
    const expiries: string[] = []
    const active = watchdog.watch(TIMEOUTS, (expiry) => expiries.push(expiry))
    nextEvent(active, nowMs)
    nextEvent(watchdog.watch(TIMEOUTS, resolve), nowMs)
    nowMs = 600
    look = Promise.withResolvers()
    await look.promise
    // Its event comes with the next turn, as from a socket that has been full for a while.
    nextEvent(active, 606)
    nowMs = 640
    expect(await expired).toBe('idle')
    expect(expiries).toEqual([])
    watchdog.stop()
  })
})
