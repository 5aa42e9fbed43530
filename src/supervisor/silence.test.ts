import { describe, expect, test } from 'bun:test'
import { type CpuUsage, parseCpuUsage, readCpuUsage } from './cpu-usage.ts'
import { type Silence, SilenceWatch } from './silence.ts'

type UsageAt = (second: number) => CpuUsage | undefined

const usage = (usedMs: number, waitedMs = 0, isRunnable = false): CpuUsage => ({ usedMs, waitedMs, isRunnable })

/** The first second at which a worker without messages counts as hanging; undefined: never in an hour. */
function hangsAfter(usageAt: UsageAt, isStarting = false): number | undefined {
  const watch = new SilenceWatch()
  for (let second = 1; second <= 3600; second++)
    if (watch.check(isStarting, () => usageAt(second)) === 'hangs') return second
  return undefined
}

describe('a silent worker hangs', () => {
  test.each<[title: string, usageAt: UsageAt, seconds: number | undefined]>([
    ['after 30 s if it uses no CPU time', () => usage(500), 31],
    ['after 30 s if it only wakes up for moments', (second) => usage(500 + second), 31],
    ['after 30 s on a system that does not report CPU time', () => undefined, 31],
    ['never if it is slow: it uses 1 % of a core', (second) => usage(10 * second), undefined],
    ['never if it waits for a core', (second) => usage(500, 900 * second), undefined],
    ['never if it waits in the run queue, which counts when it runs again', () => usage(500, 0, true), undefined],
    ['after 60 s of CPU time without a message', (second) => usage(1000 * second, 0, true), 64],
    ['after 60 s of CPU time, however long that takes', (second) => usage(100 * second, 900 * second, true), 604],
    ['30 s after its last progress', (second) => usage(Math.min(second, 50) * 20), 78],
  ])('%s', (_title, usageAt, seconds) => {
    expect(hangsAfter(usageAt)).toBe(seconds as number)
  })

  test('after 600 s if it is starting, whatever CPU time it uses', () => {
    expect([() => usage(500), (at: number) => usage(at * 1000)].map((usageAt) => hangsAfter(usageAt, true))).toEqual([
      601, 601,
    ])
  })
})

test('a message begins the count again', () => {
  const watch = new SilenceWatch()
  const next = (count: number): Silence[] => Array.from({ length: count }, () => watch.check(false, () => usage(500)))
  expect(next(30)).toEqual([...Array(3).fill('short'), ...Array(27).fill('silent')])
  watch.heard()
  expect(next(4)).toEqual(['short', 'short', 'short', 'silent'])
})

test.each<[title: string, schedstat: string, stat: string, expected: CpuUsage | undefined]>([
  ['a sleeping thread', '1500000 2000000 7\n', '12 (bun) S 1 12', usage(1.5, 2)],
  ['a running one', '0 0 0\n', '12 (bun) R 1 12', usage(0, 0, true)],
  ['one that waits for a disk', '0 0 0\n', '12 (bun) D 1 12', usage(0, 0, true)],
  ['a stopped one', '0 0 0\n', '12 (bun) T 1 12', usage(0)],
  ['a name like a state', '0 0 0\n', '12 (a) R (b) S 1 12', usage(0)],
  ['a kernel without scheduler statistics', '', '12 (bun) R 1 12', undefined],
  ['nonsense', 'x y z', '', undefined],
])('the CPU usage of %s', (_title, schedstat, stat, expected) => {
  expect(parseCpuUsage(schedstat, stat)).toEqual(expected as CpuUsage)
})

test('a process that does not exist has no CPU usage', () => {
  expect(readCpuUsage(2 ** 22 + 1)).toBeUndefined()
})
