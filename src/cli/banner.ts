import type { Snapshot } from '../pipeline/call/snapshot.ts'
import type { RunningGateway } from '../runtime/runtime.ts'

export interface BannerStyle {
  readonly colored: boolean
  readonly startupMs: number
}

const MOST_LINES = 12

/** The text at the start: addresses, models, routes, and a request to try. */
export function banner(facts: RunningGateway, { colored, startupMs }: BannerStyle): string {
  const { bold, dim, green } = palette(colored)
  const label = (text: string) => dim(text.padEnd(9))
  const key = facts.key.created ?? '$SLUICE_MASTER_KEY'
  const lines = [
    `${bold('Sluice')} ${facts.version}  ${dim(`${workersText(facts)}ready in ${Math.round(startupMs)} ms`)}`,
    '',
    `${label('API')} ${green(facts.url)}`,
    `${label('Metrics')} ${facts.metricsUrl}`,
    `${label('Config')} ${facts.configFile ?? 'none: defaults, and the provider keys found in the environment'}`,
    `${label('Key')} ${facts.key.source}`,
    ...(facts.key.created
      ? [`          ${bold(facts.key.created)}`, `          ${dim('Keep it: it is shown only once.')}`]
      : []),
    '',
    ...table('Models', modelLines(facts.snapshot, facts.simulated), label),
    ...table('Routes', routeLines(facts.snapshot), label),
    '',
    dim('Try it:'),
    ...tryLines(facts, key),
  ]
  return `\n${lines.map((line) => `  ${line}`.trimEnd()).join('\n')}\n`
}

const workersText = ({ workers }: RunningGateway): string => (workers > 1 ? `${workers} workers, ` : '')

function table(title: string, rows: readonly string[], label: (text: string) => string): string[] {
  const shown =
    rows.length > MOST_LINES ? [...rows.slice(0, MOST_LINES - 1), `and ${rows.length - MOST_LINES + 1} more`] : rows
  return shown.map((row, index) => `${label(index === 0 ? title : '')} ${row}`)
}

function modelLines({ table }: Snapshot, simulated: readonly string[]): string[] {
  const width = Math.max(0, ...table.models.map(({ name }) => name.length))
  return table.models.map(({ name, pools }) => {
    const count = (pools.chat ?? pools.embeddings)?.candidates.length ?? 0
    const where = [
      ...new Set(Object.values(pools).flatMap(({ candidates }) => candidates.map(({ provider }) => provider.name))),
    ]
    const what = simulated.includes(name) ? 'simulated' : where.join(', ')
    return `${name.padEnd(width)}  ${what}, ${count} endpoint${count === 1 ? '' : 's'}`
  })
}

function routeLines({ table }: Snapshot): string[] {
  const width = Math.max(0, ...table.routes.map(({ path }) => path.length))
  return table.routes.map((route) => {
    if (route.type !== 'split') return `${route.path.padEnd(width)}  ${route.type === 'model' ? route.model : ''}`
    const total = route.split.arms.reduce((sum, { weight }) => sum + weight, 0)
    const arms = route.split.arms
      .map(({ model, weight }) => `${model} ${Math.round((100 * weight) / total)} %`)
      .join(' / ')
    return `${route.path.padEnd(width)}  ${arms}${route.split.sticky.type === 'none' ? '' : `, sticky by ${route.split.sticky.type}`}`
  })
}

function tryLines({ url, snapshot }: RunningGateway, key: string): string[] {
  const model = snapshot.table.names()[0] ?? 'MODEL'
  const socket = /^unix:(.*)/.exec(url)?.[1]
  return [
    `curl ${socket ? `--unix-socket ${socket} http://localhost` : url}/v1/chat/completions -H "Authorization: Bearer ${key}" \\`,
    `  -d '{"model": ${JSON.stringify(model)}, "messages": [{"role": "user", "content": "Hello"}]}'`,
  ]
}

function palette(colored: boolean) {
  const paint = (code: number) => (text: string) => (colored ? `\u001b[${code}m${text}\u001b[0m` : text)
  return { bold: paint(1), dim: paint(2), green: paint(32) }
}
