// The Prometheus text exposition format: https://prometheus.io/docs/instrumenting/exposition_formats/

export const METRICS_CONTENT_TYPE = 'text/plain; version=0.0.4; charset=utf-8'

const METRIC_NAME = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/
const LABEL_NAME = /^(?!__)[a-zA-Z_][a-zA-Z0-9_]*$/

export const isMetricName = (name: string) => METRIC_NAME.test(name)

/** Names that begin with two underscores are reserved by Prometheus. */
export const isLabelName = (name: string) => LABEL_NAME.test(name)

export const headerText = (name: string, help: string, type: string) =>
  `# HELP ${name} ${escapeHelp(help)}\n# TYPE ${name} ${type}\n`

/** The text between the braces: `method="POST",status="200"`. */
export const labelText = (names: readonly string[], values: readonly string[]) =>
  names.map((name, index) => `${name}="${escapeLabel(values[index]!)}"`).join(',')

export const sampleText = (name: string, labels: string, value: number) =>
  labels === '' ? `${name} ${numberText(value)}\n` : `${name}{${labels}} ${numberText(value)}\n`

export function numberText(value: number): string {
  if (value === Infinity) return '+Inf'
  return value === -Infinity ? '-Inf' : String(value)
}

const escapeHelp = (text: string) => text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n')
const escapeLabel = (text: string) => escapeHelp(text).replaceAll('"', '\\"')
