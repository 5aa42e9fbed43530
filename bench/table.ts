// The result as one table.
import { RELAYS, isNoisy, isWithin, ratioTo } from './row.ts'
import type { Row } from './row.ts'

const HEADER = ['', 'gateway', 'nginx', 'bare relay', 'direct', '/ nginx', '/ relay', 'bound', '']

export function renderTable(rows: readonly Row[]): string {
  const lines = [HEADER, ...rows.map(cells)]
  const widths = HEADER.map((_, column) => Math.max(...lines.map((line) => line[column]!.length)))
  const text = lines.map((line) =>
    line
      .map((cell, column) => pad(cell, widths[column]!, column))
      .join('  ')
      .trimEnd(),
  )
  return [text[0], '-'.repeat(widths.reduce((sum, width) => sum + width + 2, -2)), ...text.slice(1)].join('\n')
}

const pad = (cell: string, width: number, column: number) => (column === 0 ? cell.padEnd(width) : cell.padStart(width))

function cells(row: Row): string[] {
  const { values } = row
  const relay = RELAYS.find((name) => values[name] !== undefined)
  return [
    `${row.name}, ${row.unit}`,
    number(values.gateway),
    number(values.nginx),
    number(relay && values[relay]),
    number(values.direct),
    ratio(ratioTo(row, 'nginx')),
    ratio(ratioTo(row, relay)),
    boundText(row),
    mark(row),
  ]
}

function number(value: number | undefined): string {
  if (value === undefined) return '-'
  if (Math.abs(value) >= 1000) return Math.round(value).toLocaleString('en-US')
  return value.toFixed(Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2)
}

const ratio = (value: number | undefined) => (value === undefined ? '-' : `${value.toFixed(2)}x`)

function boundText({ bound, unit }: Row): string {
  if (bound === undefined) return ''
  if (bound.type === 'below') return `< ${bound.most} ${unit}`
  return `<= ${bound.most}x ${bound.to.startsWith('relay') ? 'relay' : bound.to}`
}

function mark(row: Row): string {
  const within = isWithin(row)
  if (within !== undefined) return within ? 'pass' : 'MISS'
  return isNoisy(row) && row.values.gateway !== undefined ? 'noise' : ''
}
