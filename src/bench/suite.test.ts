// The parts of the suite in bench/, each run once and briefly. Only `npm run bench` measures.
import { afterAll, beforeAll, expect, test } from 'bun:test'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { drive, startDrive } from '../../bench/drive.ts'
import { residentMb, usageOf } from '../../bench/processes.ts'
import { whyUnavailable, startBaseline, startUpstream } from '../../bench/baselines.ts'
import type { BaselineName, BenchEnvironment } from '../../bench/baselines.ts'
import { inRounds, median, medians, mediansAdded } from '../../bench/rounds.ts'
import { isWithin } from '../../bench/row.ts'
import type { Row } from '../../bench/row.ts'
import { renderTable } from '../../bench/table.ts'
import { eventually } from '../../test/gateway.ts'

const SHORT_LOAD = { shape: { concurrency: 4 }, requests: 20 }
let environment: BenchEnvironment
let upstream: Awaited<ReturnType<typeof startUpstream>>

beforeAll(async () => {
  upstream = await startUpstream()
  environment = { folder: mkdtempSync(join(tmpdir(), 'sluice-bench-test-')), upstreamPort: upstream.port }
})

afterAll(async () => {
  await upstream?.stop()
  if (environment) rmSync(environment.folder, { recursive: true, force: true })
})

async function withBaseline(
  name: BaselineName,
  use: (baseline: Awaited<ReturnType<typeof startBaseline>>) => Promise<void>,
) {
  const baseline = await startBaseline(name, environment)
  try {
    await use(baseline)
  } finally {
    await baseline.stop()
  }
}

const COMPLETE: readonly BaselineName[] = ['direct', 'nginx', 'relay json', 'relay bytes']
const STREAMING: readonly BaselineName[] = ['direct', 'nginx', 'relay stream']
const isAvailable = (name: BaselineName) =>
  name !== 'nginx' || whyUnavailable(name, { folder: '', upstreamPort: 0 }) === undefined

test.each(COMPLETE.filter(isAvailable))('%s relays complete responses, small and large', async (name) => {
  await withBaseline(name, async (baseline) => {
    for (const promptBytes of [900, 1_000_000]) {
      const { requests, load } = await drive(baseline, { ...SHORT_LOAD, promptBytes, flavour: 'code' })
      expect(load.tally.failed).toBe(0)
      expect(load.tally.receivedBytes / requests).toBeGreaterThan(900)
    }
  })
})

test.each(STREAMING.filter(isAvailable))('%s relays every chunk of a stream, paced or not', async (name) => {
  await withBaseline(name, async (baseline) => {
    for (const paceMs of [0, 2]) {
      const { requests, chunks } = await drive(baseline, { ...SHORT_LOAD, stream: { chunks: 10, paceMs } })
      expect(chunks).toBe(requests * 10)
    }
  })
})

test('the upstream keeps the beat of a paced stream', async () => {
  await withBaseline('direct', async (baseline) => {
    // After a pause of its process it catches up, so it is the whole stream that takes its time, not every gap.
    const stream = { chunks: 201, paceMs: 10 }
    const { load } = await drive(baseline, { shape: { concurrency: 1 }, requests: 1, stream })
    expect(load.elapsedMs()).toBeGreaterThan(0.7 * 200 * 10)
  })
})

test('the upstream still responds after clients left its streams', async () => {
  await withBaseline('direct', async (baseline) => {
    const load = startDrive(baseline, { shape: { concurrency: 5 }, stream: { chunks: 1_000_000, paceMs: 1 } })
    await eventually(() => load.tally.firstToken.count >= 5)
    load.stop()
    await load.done
    expect((await drive(baseline, SHORT_LOAD)).load.tally.failed).toBe(0)
  })
})

test('a baseline that does not start is reported with its name and the reason', async () => {
  const broken = startBaseline('gateway', { ...environment, gatewayCommand: ['false'] })
  await expect(broken).rejects.toThrow('gateway: the process ended during its start')
})

test('a process has used time and memory', () => {
  const { cpuSeconds, kernelSeconds, pageFaults } = usageOf(process.pid)
  expect(cpuSeconds).toBeGreaterThanOrEqual(kernelSeconds)
  expect(Math.min(cpuSeconds, pageFaults)).toBeGreaterThan(0)
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

test('the added value is relative to the direct value of the same round', () => {
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
