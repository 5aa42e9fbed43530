// The report as text: a table, the histogram and the failures.
import { formatBytes } from '../units.ts'
import type { Histogram, Summary } from './histogram.ts'
import { formatCount, formatMillis } from './number-text.ts'
import type { Report } from './report.ts'
import { drawHistogram } from './text-histogram.ts'

const COLUMNS = ['p50', 'p90', 'p99', 'p999', 'max', 'mean'] as const

export interface Drawn {
  readonly title: string
  readonly histogram: Histogram
}

export function renderReport(report: Report, drawn: Drawn): string {
  const sections = [headline(report), totals(report), timings(report), chart(drawn), failures(report)]
  return `${sections
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.map((line) => `  ${line}`.trimEnd()).join('\n'))
    .join('\n\n')}\n`
}

function headline({ url, shape, stream, requestBytes, elapsedSeconds }: Report): string[] {
  const how =
    'rate' in shape
      ? `open loop at ${formatCount(shape.rate)} requests/s`
      : `closed loop of ${plural(shape.concurrency, 'client')}`
  const parts = [how, stream ? 'streams' : 'complete responses', `${formatBytes(requestBytes)} per request`]
  return [url, `${parts.join(', ')}, ${elapsedSeconds.toFixed(1)} s`]
}

function totals({ requests, requestsPerSecond, chunks, elapsedSeconds, receivedBytes }: Report): string[] {
  const rows = [['requests', formatCount(requests.succeeded), `${formatCount(requestsPerSecond)}/s`]]
  if (chunks !== undefined) rows.push(['chunks', formatCount(chunks), `${formatCount(chunks / elapsedSeconds)}/s`])
  rows.push(['received', formatBytes(receivedBytes), `${formatBytes(Math.round(receivedBytes / elapsedSeconds))}/s`])
  rows.push(['failed', formatCount(requests.failed), ''])
  if (requests.unfinished > 0) rows.push(['unfinished', formatCount(requests.unfinished), 'still running at the end'])
  return rows.map(([name, total, rate]) => `${name!.padEnd(16)}${total!.padStart(12)}  ${rate!.padStart(14)}`)
}

function timings({ latencyMs, firstTokenMs, betweenChunksMs }: Report): string[] {
  const rows: (readonly [string, Summary | undefined])[] = [
    ['latency', latencyMs],
    ['first token', firstTokenMs],
    ['between chunks', betweenChunksMs],
  ]
  const lines = rows.flatMap(([name, summary]) => (summary && summary.count > 0 ? [timingLine(name, summary)] : []))
  const header = ' '.repeat(16) + COLUMNS.map((column) => column.replace('p999', 'p99.9').padStart(10)).join('')
  return lines.length === 0 ? [] : [header, ...lines]
}

const timingLine = (name: string, summary: Summary) =>
  name.padEnd(16) + COLUMNS.map((column) => formatMillis(summary[column]).padStart(10)).join('')

function chart({ title, histogram }: Drawn): string[] {
  const lines = drawHistogram(histogram)
  return lines.length === 0 ? [] : [title, ...lines]
}

function failures({ failures }: Report): string[] {
  if (failures.length === 0) return []
  const rows = failures.map(
    ({ kind, count, example }) => `${formatCount(count).padStart(8)}  ${kind.padEnd(14)}${example}`,
  )
  return ['failures, with the first of each kind', ...rows.map((row) => row.slice(0, 160))]
}

const plural = (count: number, noun: string) => `${formatCount(count)} ${noun}${count === 1 ? '' : 's'}`
