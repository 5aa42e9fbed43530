// The result as text.
import { memoryChange } from './memory.ts'
import { boundsOf, type Report } from './report.ts'

type Cell = string | number

/** Aligned columns: the first to the left, the others to the right. */
export function columns(rows: readonly (readonly Cell[])[]): string {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => String(row[column]).length)))
  const pad = (cell: Cell, column: number) =>
    column === 0 ? String(cell).padEnd(widths[0]!) : String(cell).padStart(widths[column]!)
  return rows.map((row) => row.map(pad).join('  ').trimEnd()).join('\n')
}

export function renderReport(report: Report): string {
  const { disruptions, tally, continued, restarts, seconds, memory } = report
  const faults = [...disruptions].toSorted(([a], [b]) => a.localeCompare(b))
  const rows = [...tally.byKind, ['all', tally.total] as const].map(
    ([kind, { requests, exact, errors, broken, disconnected, wrong }]) => [
      kind,
      requests,
      exact,
      errors,
      broken,
      disconnected,
      wrong,
    ],
  )
  return [
    columns([['injected', 'times'], ...faults]),
    columns([
      ['requests', 'sent', 'exact', 'reported error', 'broken by a killed worker', 'client disconnected', 'wrong'],
      ...rows,
    ]),
    `${continued} streams continued on another server; ${restarts} workers replaced; ${seconds.toFixed(0)} s`,
    errorLines('errors of requests that must succeed', tally.errors.avoidable),
    errorLines('errors of streams that cannot be continued', tally.errors.notContinuable),
    errorLines('errors of complete responses whose server was silent', tally.errors.silent),
    memoryLine(memory),
    columns([
      ['bound', 'found', 'allowed', ''],
      ...boundsOf(report).map(({ name, found, allowed, holds }) => [name, found, allowed, holds ? 'pass' : 'MISS']),
    ]),
    [
      ...tally.failures.map((failure) => `failed: ${failure}`),
      ...tally.wrongResponses.map((response) => `wrong: ${response}`),
      ...report.failedDisruptions.map((what) => `not injected: ${what}`),
    ].join('\n'),
  ]
    .filter((part) => part !== '')
    .join('\n\n')
}

function errorLines(title: string, codes: ReadonlyMap<string, number>): string {
  const list = [...codes].toSorted(([, a], [, b]) => b - a).map(([code, count]) => `${code} ${count}`)
  return `${title}: ${list.join(', ') || 'none'}`
}

function memoryLine(samples: Report['memory']): string {
  const change = memoryChange(samples)
  if (!change) return ''
  const mb = (value: number) => value.toFixed(0)
  const { before, after } = change
  return (
    `resident MB after warm-up and at the end: supervisor ${mb(before.supervisorMb)} -> ${mb(after.supervisorMb)}, ` +
    `workers together ${mb(before.workersMb)} -> ${mb(after.workersMb)}`
  )
}
