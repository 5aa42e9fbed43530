import { describe, expect, test } from 'bun:test'
import { type Expiry, Watch, Watchdog } from './watchdog.ts'

const LIMITS = { connectMs: 1e9, headersMs: 80, firstEventMs: 100, idleMs: 50, totalMs: 1000 }

/** What happens: headers come, a comment, an event, a pause of the client, or a look at the clock; and what the look should find. */
type Step =
  | readonly [what: 'headers' | 'comment' | 'event' | 'pause', atMs: number]
  | readonly [what: 'check', atMs: number, found?: Expiry]

function nextEvent(watch: Watch, atMs: number): void {
  watch.begin()
  watch.event(atMs)
}

describe('a limit runs out', () => {
  test.each<[string, Step[]]>([
    [
      'when the first event does not come',
      [
        ['headers', 10],
        ['check', 99],
        ['check', 100, 'firstEvent'],
      ],
    ],
    [
      'when the headers do not come',
      [
        ['check', 79],
        ['check', 80, 'headers'],
      ],
    ],
    [
      'for the first event, when headers have come',
      [
        ['headers', 70],
        ['check', 99],
        ['check', 100, 'firstEvent'],
      ],
    ],
    [
      'for the first event, though comments come',
      [
        ['headers', 5],
        ['comment', 10],
        ['check', 70],
        ['comment', 90],
        ['check', 100, 'firstEvent'],
      ],
    ],
    [
      'when the next event does not come',
      [
        ['event', 90],
        ['check', 139],
        ['check', 140, 'idle'],
      ],
    ],
    [
      'not while events come',
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
      'again from the next event on',
      [
        ['event', 10],
        ['pause', 20],
        ['event', 300],
        ['check', 349],
        ['check', 350, 'idle'],
      ],
    ],
    [
      'for the first event, whoever pauses',
      [
        ['headers', 5],
        ['pause', 10],
        ['check', 100, 'firstEvent'],
      ],
    ],
    [
      'at the end, though events come',
      [
        ['event', 990],
        ['check', 999],
        ['check', 1000, 'total'],
      ],
    ],
    [
      'at the end, though the client is slow',
      [
        ['event', 10],
        ['pause', 20],
        ['check', 1000, 'total'],
      ],
    ],
    [
      'once, the end before the silence',
      [
        ['event', 10],
        ['check', 5000, 'total'],
      ],
    ],
  ])('%s', (_title, steps) => {
    const expired: Expiry[] = []
    const watch = new Watch(LIMITS, 0, (expiry) => expired.push(expiry))
    for (const [what, atMs, found] of steps) {
      if (what === 'headers') watch.headers()
      else if (what === 'comment') watch.event(atMs)
      else if (what === 'event') nextEvent(watch, atMs)
      else if (what === 'pause') watch.pause()
      else expect([watch.check(atMs), expired.at(-1)]).toEqual([found !== undefined, found])
    }
  })

  test('a silence of 30 seconds after the first event is noticed once, and not while the client is slow', () => {
    const limits = { ...LIMITS, headersMs: 1e6, firstEventMs: 1e6, idleMs: 1e6, totalMs: 1e7 }
    const noticed: number[] = []
    const watch = new Watch(limits, 0, () => {})
    watch.onStalled = (nowMs) => noticed.push(nowMs)
    watch.check(50_000) // a long prompt is no silence
    nextEvent(watch, 60_000)
    for (const nowMs of [89_999, 90_000, 95_000]) watch.check(nowMs)
    watch.event(100_000)
    watch.check(130_000)
    watch.event(140_000)
    watch.pause()
    watch.check(200_000)
    expect(noticed).toEqual([90_000, 130_000])
  })

  test('a whole answer has no limit but that of all of it', () => {
    const expired: Expiry[] = []
    const watch = new Watch({ ...LIMITS, headersMs: Infinity, firstEventMs: Infinity }, 0, (expiry) =>
      expired.push(expiry),
    )
    expect([watch.check(999), watch.check(1000), expired]).toEqual([false, true, ['total']])
  })
})

describe('the watchdog', () => {
  const startedMs = performance.now()
  const later = (ms: number) => startedMs + ms + 60_000

  test('tells each attempt once, and no attempt that was released', () => {
    const watchdog = new Watchdog(60_000)
    const told: string[] = []
    watchdog.watch(LIMITS, (expiry) => told.push(`a ${expiry}`))
    const released = watchdog.watch(LIMITS, (expiry) => told.push(`b ${expiry}`))
    watchdog.watch({ ...LIMITS, headersMs: 1e9, firstEventMs: 1e9, totalMs: 1e9 }, (expiry) => told.push(`c ${expiry}`))
    watchdog.release(released)
    watchdog.sweep(startedMs)
    expect(told).toEqual([])
    watchdog.sweep(later(0))
    watchdog.sweep(later(100))
    expect(told).toEqual(['a total'])
    watchdog.stop()
  })

  test('an attempt may end others while it is told', () => {
    const watchdog = new Watchdog(60_000)
    const told: string[] = []
    const second = { watch: undefined as Watch | undefined }
    watchdog.watch(LIMITS, () => {
      told.push('first')
      watchdog.release(second.watch!)
    })
    second.watch = watchdog.watch(LIMITS, () => told.push('second'))
    watchdog.sweep(later(0))
    expect(told).toEqual(['first'])
    watchdog.stop()
  })

  test('looks at the clock by itself', async () => {
    const watchdog = new Watchdog(1)
    const expiry = await new Promise<Expiry>((resolve) =>
      watchdog.watch({ ...LIMITS, firstEventMs: 1, totalMs: 1e9 }, resolve),
    )
    expect(expiry).toBe('firstEvent')
    watchdog.stop()
  })

  test('a process that stood still hears what upstreams said meanwhile before it calls them silent', async () => {
    const watchdog = new Watchdog(40)
    const { promise: told, resolve } = Promise.withResolvers<Expiry>()
    const expiries: string[] = []
    const heard = watchdog.watch(LIMITS, (expiry) => expiries.push(expiry))
    nextEvent(heard, performance.now())
    nextEvent(watchdog.watch(LIMITS, resolve), performance.now())
    Bun.sleepSync(600)
    // Its event comes with the next turn, as from a socket that has been full for a while.
    setTimeout(() => nextEvent(heard, performance.now()), 6)
    expect(await told).toBe('idle')
    expect(expiries).toEqual([])
    watchdog.stop()
  })
})
