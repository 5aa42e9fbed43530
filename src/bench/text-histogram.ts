// A histogram drawn with characters: a row per slice of a logarithmic scale, a bar per row, marks for the percentiles.
import type { Histogram } from './histogram.ts'
import { formatMicros } from './number-text.ts'

const MAX_ROWS = 15
const BAR_WIDTH = 40
const SLICES_PER_DECADE = [96, 48, 24, 12, 6, 3, 1]
const MARKS = { p50: 0.5, p90: 0.9, p99: 0.99, 'p99.9': 0.999 }
const EIGHTHS = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉']

/** Returns lines without indentation; none for an empty histogram. Values are microseconds. */
export function drawHistogram(histogram: Histogram): string[] {
  if (histogram.count === 0) return []
  // The first and the last row include everything beyond them: a single outlier must not compress the rest into three rows.
  const edges = edgesFor(histogram.quantile(0.001), histogram.quantile(0.999))
  const rows = edges.slice(1).map((to, index) => ({
    from: edges[index]!,
    count: histogram.countBetween(index === 0 ? 0 : edges[index]!, index === edges.length - 2 ? Infinity : to),
    marks: marksBetween(histogram, index === 0 ? 0 : edges[index]!, index === edges.length - 2 ? Infinity : to),
  }))
  const most = Math.max(...rows.map(({ count }) => count))
  return rows.map(({ from, count, marks }) => {
    const bar = barOf((count / most) * BAR_WIDTH).padEnd(BAR_WIDTH)
    const share = `${((count / histogram.count) * 100).toFixed(1)} %`
    return `${formatMicros(from).padStart(8)}  ${bar} ${share.padStart(7)}  ${marks}`.trimEnd()
  })
}

function edgesFor(min: number, max: number): number[] {
  const from = Math.max(min, 1)
  const to = Math.max(max, from)
  for (const slices of SLICES_PER_DECADE) {
    const first = Math.floor(Math.log10(from) * slices)
    const last = Math.floor(Math.log10(to) * slices) + 1
    if (last - first <= MAX_ROWS || slices === 1)
      return Array.from({ length: last - first + 1 }, (_, index) => 10 ** ((first + index) / slices))
  }
  return [from, to]
}

function marksBetween(histogram: Histogram, from: number, to: number): string {
  const inside = Object.entries(MARKS).filter(([, quantile]) => {
    const value = histogram.quantile(quantile)
    return value >= from && value < to
  })
  return inside.length === 0 ? '' : `◂ ${inside.map(([name]) => name).join(' ')}`
}

/** The thinnest bar for a share above zero. */
function barOf(width: number): string {
  const eighths = width > 0 ? Math.max(Math.round(width * 8), 1) : 0
  return '█'.repeat(Math.floor(eighths / 8)) + EIGHTHS[eighths % 8]!
}
