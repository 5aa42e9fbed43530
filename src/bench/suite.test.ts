// The pieces of the suite in bench/, each tried once and briefly: numbers come from `npm run bench` alone.
import { afterAll, beforeAll, expect, test } from 'bun:test'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { drive, startDrive } from '../../bench/drive.ts'
import { cpuSeconds, residentMb } from '../../bench/processes.ts'
import { absence, startBaseline, startUpstream } from '../../bench/baselines.ts'
import type { BaselineName, Surroundings } from '../../bench/baselines.ts'
import { inRounds, median, medians, mediansAdded } from '../../bench/rounds.ts'
import { isWithin } from '../../bench/row.ts'
import type { Row } from '../../bench/row.ts'
import { renderTable } from '../../bench/table.ts'
import { eventually } from '../../test/gateway.ts'

const CALLS = { shape: { concurrency: 4 }, requests: 20 }
let around: Surroundings
let upstream: Awaited<ReturnType<typeof startUpstream>>

beforeAll(async () => {
  upstream = await startUpstream()
  around = { folder: mkdtempSync(join(tmpdir(), 'sluice-bench-test-')), upstreamPort: upstream.port }
})

afterAll(async () => {
  await upstream?.stop()
  if (around) rmSync(around.folder, { recursive: true, force: true })
})

async function withRival(
  name: BaselineName,
  use: (baseline: Awaited<ReturnType<typeof startBaseline>>) => Promise<void>,
) {
  const baseline = await startBaseline(name, around)
  try {
    await use(baseline)
  } finally {
    await baseline.stop()
  }
}

const WHOLE: readonly BaselineName[] = ['direct', 'nginx', 'relay json', 'relay bytes']
const STREAMING: readonly BaselineName[] = ['direct', 'nginx', 'relay stream']
const here = (name: BaselineName) => name !== 'nginx' || absence(name, { folder: '', upstreamPort: 0 }) === undefined

test.each(WHOLE.filter(here))('%s relays whole answers, small and large', async (name) => {
  await withRival(name, async (baseline) => {
    for (const promptBytes of [900, 1_000_000]) {
      const { calls, load } = await drive(baseline, { ...CALLS, promptBytes, flavour: 'code' })
      expect(load.tally.failed).toBe(0)
      expect(load.tally.receivedBytes / calls).toBeGreaterThan(900)
    }
  })
})

test.each(STREAMING.filter(here))('%s relays every chunk of a stream, paced or not', async (name) => {
  await withRival(name, async (baseline) => {
    for (const paceMs of [0, 2]) {
      const { calls, chunks } = await drive(baseline, { ...CALLS, stream: { chunks: 10, paceMs } })
      expect(chunks).toBe(calls * 10)
    }
  })
})

test('the upstream keeps the beat of a paced stream', async () => {
  await withRival('direct', async (baseline) => {
    // After a pause of its process it catches up, so it is the whole stream that takes its time, not every gap.
    const stream = { chunks: 201, paceMs: 10 }
    const { load } = await drive(baseline, { shape: { concurrency: 1 }, requests: 1, stream })
    expect(load.elapsedMs()).toBeGreaterThan(0.7 * 200 * 10)
  })
})

test('an upstream whose streams are left goes on answering', async () => {
  await withRival('direct', async (baseline) => {
    const load = startDrive(baseline, { shape: { concurrency: 5 }, stream: { chunks: 1_000_000, paceMs: 1 } })
    await eventually(() => load.tally.firstToken.count >= 5)
    load.stop()
    await load.done
    expect((await drive(baseline, CALLS)).load.tally.failed).toBe(0)
  })
})

test('a baseline that does not start is named, with the reason', async () => {
  const broken = startBaseline('gateway', { ...around, gatewayCommand: ['false'] })
  await expect(broken).rejects.toThrow('gateway: it ended at its start')
})

test('a process has used time and memory', () => {
  expect(cpuSeconds(process.pid)).toBeGreaterThan(0)
  expect(residentMb(process.pid)).toBeGreaterThan(10)
})

test('baselines take turns', async () => {
  const order: string[] = []
  const baselines = (['direct', 'nginx'] as const).map((name) => ({
    name,
    port: 0,
    pid: 0,
    stop: async () => undefined,
  }))
  await inRounds(baselines, 2, async ({ name }) => void order.push(name))
  expect(order).toEqual(['direct', 'nginx', 'direct', 'nginx'])
})

test.each([
  [[3, 1, 2], 2],
  [[4, 1], 2.5],
])('the median of %j is %d', (values, expected) => {
  expect(median(values)).toBe(expected)
})

const readings = new Map<BaselineName, number[]>([
  ['direct', [1, 10, 2]],
  ['gateway', [3, 13, 3]],
])

test('the median round counts', () => {
  expect(medians(readings, (value) => value)).toEqual({ direct: 2, gateway: 3 })
})

test('what is added is counted against the direct calls of the same round', () => {
  expect(mediansAdded(readings, (value) => value)).toEqual({ direct: 2, gateway: 2 })
})

const row = (bound: Row['bound'], values: Row['values']): Row => ({
  name: 'x',
  unit: 'ms',
  values,
  ...(bound && { bound }),
})
const FOUR_TIMES = { type: 'ratio', to: 'nginx', most: 4 } as const

test.each([
  ['a ratio at its bound', row(FOUR_TIMES, { gateway: 40, nginx: 10 }), true, 'pass'],
  ['a ratio over its bound', row(FOUR_TIMES, { gateway: 41, nginx: 10 }), false, 'MISS'],
  ['a ratio without its baseline', row(FOUR_TIMES, { gateway: 41 }), undefined, '4x nginx'],
  ['a value below its bound', row({ type: 'below', most: 1 }, { gateway: 0.9 }), true, 'pass'],
  ['a value at its bound', row({ type: 'below', most: 1 }, { gateway: 1 }), false, 'MISS'],
  ['a miss no larger than the noise', row({ type: 'below', most: 1 }, { gateway: 2, direct: 3 }), undefined, 'noise'],
  ['a row without a gateway', row({ type: 'below', most: 1 }, { nginx: 1 }), undefined, '< 1 ms'],
  [
    'a row without a bound',
    row(undefined, { gateway: 5 }),
    undefined,
    '5.00      -           -       -        -        -',
  ],
])('%s is judged and shown', (_title, row, within, shown) => {
  expect(isWithin(row)).toBe(within)
  expect(renderTable([row]).trimEnd()).toEndWith(shown as never)
})
