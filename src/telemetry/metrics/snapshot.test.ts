import { expect, test } from 'bun:test'
import { createRegistry } from './registry.ts'
import {
  type FamilySnapshot,
  mergeSnapshots,
  packSnapshot,
  renderSnapshot,
  unpackSnapshot,
  withoutGauges,
} from './snapshot.ts'

/** The metrics of a process. */
function processOf({ calls, version, startedAt, took }: Record<'calls' | 'version' | 'startedAt' | 'took', number>) {
  const registry = createRegistry({ maxSeries: 10 })
  registry
    .counter({ name: 'calls_total', help: 'c', labels: ['model'] })
    .with('small')
    .inc(calls)
  registry.gauge({ name: 'in_flight', help: 'g' }).with().set(calls)
  registry.gauge({ name: 'config_version', help: 'v', merge: 'max' }).with().set(version)
  registry.gauge({ name: 'start_time_seconds', help: 's', merge: 'min' }).with().set(startedAt)
  registry
    .histogram({ name: 'took_seconds', help: 'h', buckets: [1, 2] })
    .with()
    .observe(took)
  return registry.snapshot()
}
const first = processOf({ calls: 2, version: 3, startedAt: 100, took: 0.5 })
const second = processOf({ calls: 5, version: 4, startedAt: 200, took: 7 })

const samples = (text: string) =>
  text.split('\n').filter((line) => line !== '' && !line.startsWith('#') && !line.startsWith('sluice_metrics'))

test('counters, histograms and most gauges are summed; versions and times are not', () => {
  expect(samples(renderSnapshot(mergeSnapshots([first, second])))).toEqual([
    'calls_total{model="small"} 7',
    'in_flight 7',
    'config_version 4',
    'start_time_seconds 100',
    'took_seconds_bucket{le="1"} 1',
    'took_seconds_bucket{le="2"} 1',
    'took_seconds_bucket{le="+Inf"} 2',
    'took_seconds_sum 7.5',
    'took_seconds_count 2',
  ])
})

test('merging is associative, and a single snapshot is unchanged', () => {
  expect(mergeSnapshots([mergeSnapshots([first, second]), first])).toEqual(mergeSnapshots([first, second, first]))
  expect(mergeSnapshots([first])).toEqual(first)
  expect(mergeSnapshots([])).toEqual([])
})

test('a series that only one process has is kept', () => {
  const registry = createRegistry({ maxSeries: 10 })
  registry
    .counter({ name: 'calls_total', help: 'c', labels: ['model'] })
    .with('large')
    .inc(1)
  const text = renderSnapshot(mergeSnapshots([first, registry.snapshot()]))
  expect(samples(text)).toContain('calls_total{model="small"} 2')
  expect(samples(text)).toContain('calls_total{model="large"} 1')
})

test('the counters of a stopped process remain and its gauges do not', () => {
  expect(withoutGauges(first).map(({ name }) => name)).toEqual(expect.arrayContaining(['calls_total', 'took_seconds']))
  expect(withoutGauges(first).some(({ type }) => type === 'gauge')).toBe(false)
})

test('a packed snapshot is the same when it is unpacked, infinite gauges included', () => {
  const family = { name: 'x', help: 'y', merge: 'sum', bounds: [] } as const
  const snapshot: FamilySnapshot[] = [
    {
      ...family,
      type: 'gauge',
      series: [
        ['a="b"', [Infinity]],
        ['', [-Infinity]],
        ['c="\\""', [0.1]],
        ['d=""', [NaN]],
      ],
    },
    { ...family, type: 'counter', series: [['', [2 ** 53]]] },
    { ...family, type: 'histogram', bounds: [0.1, 1], series: [['e="ü"', [0.3, 1, 0, 2]]] },
    { ...family, type: 'counter', series: [] },
  ]
  expect(unpackSnapshot(packSnapshot(snapshot))).toEqual(snapshot)
})
