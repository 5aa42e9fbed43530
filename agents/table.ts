import type { Cell, CellResult } from './run-cell.ts'

/** One row for each program and scenario, one column for each kind of upstream. */
export function renderTable(results: ReadonlyMap<Cell, CellResult>): string {
  const upstreams = [...new Set([...results.keys()].map(({ upstreams: [first] }) => first!.name))]
  const rows = new Map<string, Map<string, string>>()
  for (const [
    {
      program,
      scenario,
      upstreams: [first],
    },
    { outcome },
  ] of results) {
    const key = `${program.name}\t${scenario.name}`
    const row = rows.get(key) ?? new Map<string, string>()
    rows.set(key, row.set(first!.name, outcome))
  }
  const lines = [
    ['agent', 'scenario', ...upstreams],
    ...[...rows].map(([key, row]) => key.split('\t').concat(upstreams.map((name) => row.get(name) ?? ''))),
  ]
  const widths = lines[0]!.map((_, at) => Math.max(...lines.map((line) => line[at]!.length)))
  return lines
    .map((line) =>
      line
        .map((cell, at) => cell.padEnd(widths[at]!))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}
