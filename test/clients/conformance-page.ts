// docs/conformance.md, made of the tables by which the tests of the clients run: what stands there is what is tested.
import manifest from '../../package.json'
import { chatFormat } from '../../src/formats/chat-formats.ts'
import { allClients } from './all.ts'
import { CELLS } from './asks.ts'
import type { Client, Feature, Library } from './client.ts'
import { UPSTREAMS } from './upstreams.ts'

interface Row {
  readonly title: string
  /** What a client or an upstream may lack. */
  readonly feature: Feature | undefined
  /** The name of a link at the end of the page. */
  readonly test: 'asked' | 'errors'
}

const ROWS: readonly Row[] = [
  ...CELLS.map(({ title, feature }): Row => ({ title, feature, test: 'asked' })),
  { title: 'token counts', feature: 'token counts', test: 'asked' },
  { title: 'errors by their status', feature: undefined, test: 'errors' },
  { title: 'a stream that breaks', feature: 'broken streams', test: 'errors' },
]

const LANGUAGES: Readonly<Record<string, string>> = {
  'openai-chat': "OpenAI's Chat Completions",
  'openai-responses': "OpenAI's Responses",
  anthropic: "Anthropic's Messages",
  gemini: "Google's Gemini",
}

const INTRODUCTION = `# Conformance

Every official client, with no option but its base URL, asks every kind of upstream through the gateway, whole and as a
stream; \`yes\` means that its user reads what the model said: text, calls with their arguments, the reason of the end, tokens. The
upstreams are the [simulator](simulator.md) in each language, so no key is needed; to ask your own models there is
[\`sluice doctor\`](doctor.md). Beside this, all recorded traffic is told in every other language
([test/languages/](../test/languages/)), what we write has to fit the types of the official libraries, and there is
[a row for each mistake](../test/defects.test.ts) that other gateways shipped.

This page is made by \`bun test/clients/write-page.ts\` of the tables by which the tests run; a test compares the two.`

const LINKS = `[asked]: ../test/clients.test.ts
[errors]: ../test/client-errors.test.ts`

/** The page as it should be. */
export function conformancePage(): string {
  const known = allClients({ url: 'http://127.0.0.1:1', key: 'k' }).filter(({ format }) => chatFormat(format))
  const sections = [...Map.groupBy(known, ({ format }) => format)].map(([format, clients]) =>
    sectionOf(format, clients),
  )
  return `${[INTRODUCTION, ...sections, LINKS].join('\n\n')}\n`
}

function sectionOf(format: string, clients: readonly Client[]): string {
  const notes = new Notes()
  const rows = ROWS.map((row) => {
    const mark = clientMark(row, clients, notes)
    const cells = UPSTREAMS.map(({ lacks }) => cellOf(row, clients, lacks, notes))
    return [`${row.title}${mark}`].concat(cells)
  })
  const table = tableOf([['asked for', ...UPSTREAMS.map(({ name }) => name)], ...rows])
  const names = `Asked by ${clients.map(({ name, library }) => `${name} (${versionOf(library)})`).join(', ')}.`
  return [`## Clients of ${LANGUAGES[format] ?? format}`, names, table, ...notes.lines].join('\n\n')
}

/** Reasons below a table, each once. */
class Notes {
  readonly #numbers = new Map<string, number>()

  add(reason: string): string {
    const number = this.#numbers.get(reason) ?? this.#numbers.size + 1
    this.#numbers.set(reason, number)
    return `<sup>${number}</sup>`
  }

  get lines(): string[] {
    const lines = [...this.#numbers].map(([reason, number]) => `${number}. ${reason}`)
    return lines.length > 0 ? [lines.join('\n')] : []
  }
}

/** Who does not ask, and why, once for all upstreams. */
function clientMark({ feature }: Row, clients: readonly Client[], notes: Notes): string {
  const lacking = clients.filter((client) => feature && reasonOf(client, feature) !== undefined)
  const reasons = Map.groupBy(lacking, (client) => reasonOf(client, feature!)!)
  return [...reasons]
    .map(([reason, those]) => notes.add(`${those.map(({ name }) => name).join(', ')}: ${reason}`))
    .join(' ')
}

function cellOf({ feature, test }: Row, clients: readonly Client[], lacks: Client['lacks'], notes: Notes): string {
  const reason = feature && lacks[feature]
  if (reason !== undefined) return `not offered${notes.add(reason)}`
  return clients.every((client) => feature && reasonOf(client, feature) !== undefined)
    ? 'not offered'
    : `[yes][${test}]`
}

const NO_COUNT = 'it has no call that counts the tokens of a prompt'

const reasonOf = ({ lacks, count }: Client, feature: Feature): string | undefined =>
  feature === 'token counts' && !count ? NO_COUNT : lacks[feature]

const versionOf = (library: Library) => `${library} ${manifest.devDependencies[library]}`

function tableOf(rows: readonly (readonly string[])[]): string {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)))
  const lines = rows.map((row) => `| ${row.map((cell, column) => cell.padEnd(widths[column]!)).join(' | ')} |`)
  const rule = `|${widths.map((width) => '-'.repeat(width + 2)).join('|')}|`
  return [lines[0], rule, ...lines.slice(1)].join('\n')
}
