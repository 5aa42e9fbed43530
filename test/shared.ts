// The paths of recorded traffic and traces. Both are optional.
import { existsSync, readFileSync } from 'node:fs'
import { resolve } from 'node:path'

const root = resolve(import.meta.dir, '../..', 'shared')

export interface FixtureEntry {
  readonly file: string
  readonly api: string
  readonly operation: string
  readonly framing: string | null
  readonly status: number
  readonly features: readonly string[]
}

export interface Fixture {
  readonly request: { readonly method: string; readonly path: string; readonly body: unknown } | null
  readonly response: {
    readonly status: number
    readonly headers: Readonly<Record<string, string>>
    readonly body: unknown
    readonly stream: readonly string[] | null
    readonly framing?: string
    readonly base64?: string | null
    readonly text?: string
  }
}

/** The index rows that pass `want`; empty if the recordings are absent. */
export function fixtures(want: (entry: FixtureEntry) => boolean): FixtureEntry[] {
  const index = resolve(root, 'fixtures/index.json')
  if (!existsSync(index)) return []
  return (JSON.parse(readFileSync(index, 'utf8')) as { files: FixtureEntry[] }).files.filter(want)
}

export function loadFixture(entry: FixtureEntry): Fixture {
  return JSON.parse(readFileSync(resolve(root, 'fixtures', entry.file), 'utf8')) as Fixture
}

/** The absolute path of a public inference trace; undefined if the traces are absent. */
export function tracePath(name: string): string | undefined {
  const path = resolve(root, 'traces', name)
  return existsSync(path) ? path : undefined
}

/** The bytes of a recorded stream as received; undefined for a binary stream or a whole response. */
export function streamBytes({ response }: Fixture): Buffer | undefined {
  const { stream, framing } = response
  if (!stream) return undefined
  return Buffer.from(framing === 'none' ? stream.map(asEvent).join('') : stream.join(''))
}

/** For recordings without framing: an event as Anthropic and Responses send it, named like the type of its payload. */
function asEvent(payload: string): string {
  const { type } = (payload.startsWith('{') ? JSON.parse(payload) : {}) as { type?: unknown }
  return `${typeof type === 'string' ? `event: ${type}\n` : ''}data: ${payload}\n\n`
}
