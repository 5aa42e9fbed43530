import type { Finding } from './examine.ts'

/** A table for each model, a row per format; then a line for each finding with a reason. */
export function renderFindings(findings: readonly Finding[]): string {
  const tables = [...Map.groupBy(findings, ({ model }) => model)].map(([model, rows]) => tableOf(model, rows))
  const remarks = findings.filter(({ why }) => why !== undefined).map(remarkOf)
  return [...tables, ...(remarks.length > 0 ? [remarks.join('\n')] : []), summaryOf(findings)].join('\n\n')
}

function tableOf(model: string, findings: readonly Finding[]): string {
  const probes = [...new Set(findings.map(({ probe }) => probe))]
  const rows = [...Map.groupBy(findings, ({ format }) => format)].map(([format, cells]) => {
    const verdicts = probes.map((probe) => cells.find((cell) => cell.probe === probe)?.verdict ?? '')
    return [`  ${format}`].concat(verdicts)
  })
  return align([[model, ...probes], ...rows])
}

function align(rows: readonly (readonly string[])[]): string {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)))
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column]!))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}

const remarkOf = ({ verdict, model, format, probe, why }: Finding): string =>
  `${verdict}: ${model}, ${format}, ${probe}: ${why}`

function summaryOf(findings: readonly Finding[]): string {
  const count = (verdict: Finding['verdict']) => findings.filter((finding) => finding.verdict === verdict).length
  return `${count('ok')} ok, ${count('odd')} odd, ${count('not offered')} not offered, ${count('FAILED')} failed`
}
