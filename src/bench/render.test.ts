import { expect, test } from 'bun:test'
import { Histogram } from './histogram.ts'
import { formatCount, formatMicros } from './number-text.ts'
import { progressLine, showProgress } from './progress.ts'
import { renderReport } from './render.ts'
import { createReport } from './report.ts'
import { Tally } from './tally.ts'
import { parseTarget } from './target.ts'
import { drawHistogram } from './text-histogram.ts'

test.each([
  [0, '0 µs'],
  [870.4, '870 µs'],
  [1250, '1.25 ms'],
  [99_960, '100 ms'],
  [3_400_000, '3.4 s'],
])('%d microseconds are shown as %s', (micros, text) => {
  expect(formatMicros(micros)).toBe(text)
})

test.each([
  [12_345.6, '12,346'],
  [12.34, '12.3'],
  [7, '7'],
])('a count of %d is shown as %s', (value, text) => {
  expect(formatCount(value)).toBe(text)
})

function spread(): Histogram {
  const histogram = new Histogram()
  for (let value = 1; value <= 1000; value++) histogram.record(500 + value)
  histogram.record(90_000)
  return histogram
}

test('a drawn histogram has a bar per slice and marks its percentiles', () => {
  const lines = drawHistogram(spread())
  expect(lines.length).toBeGreaterThan(6)
  expect(lines.length).toBeLessThan(17)
  expect(lines.filter((line) => line.includes('█'.repeat(40)))).toHaveLength(1)
  for (const mark of ['p50', 'p90', 'p99', 'p99.9']) expect(lines.join('\n')).toContain(mark)
})

test('the shares of a drawn histogram add up to 100 %', () => {
  const shares = drawHistogram(spread()).map((line) => Number(/([\d.]+) %/.exec(line)![1]))
  expect(shares.reduce((sum, share) => sum + share)).toBeCloseTo(100, 0)
})

test.each([
  ['nothing', [], 0],
  ['one value', [1234], 1],
  ['zero', [0], 1],
  ['ten decades', [1, 4e9], 10],
])('%s can be drawn', (_title, values, rows) => {
  const histogram = new Histogram()
  for (const value of values) histogram.record(value)
  expect(drawHistogram(histogram)).toHaveLength(rows)
})

function finishedLoad() {
  const tally = new Tally()
  tally.latency = spread()
  tally.receivedBytes = 2048
  return { tally, elapsedMs: () => 2000, stop: () => undefined, done: Promise.resolve() }
}

test('a report is a table with its failures', () => {
  const load = finishedLoad()
  load.tally.failures.set('status 429', { kind: 'status 429', count: 1200, example: 'slow down' })
  const options = { target: parseTarget('h:80/v1'), request: Buffer.alloc(1024), shape: { rate: 500 } }
  const text = renderReport(createReport(load, options), { title: 'latency', histogram: load.tally.latency })
  expect(text).toMatch(
    /^ {2}http:\/\/h\/v1\/chat\/completions\n {2}open loop at 500 requests\/s, complete responses, 1 KB per request, 2\.0 s$/m,
  )
  expect(text).toMatch(/requests +1,001 +501\/s/)
  expect(text).toMatch(/p50 +p90 +p99 +p99\.9 +max +mean/)
  expect(text).toMatch(/1,200 {2}status 429 +slow down/)
  expect(text).not.toContain('first token')
})

test('the live line shows rate, requests in flight, failures and percentiles', () => {
  expect(progressLine(finishedLoad())).toMatch(
    /2\.0 s {2}501 requests\/s {2}0 in flight {2}0 failed {2}p50 1 ms {2}p99 1\.4\d? ms/,
  )
})

test('no live line is drawn without a terminal', () => {
  const written: string[] = []
  showProgress(finishedLoad(), { write: (text) => written.push(text) })()
  expect(written).toEqual([])
})
