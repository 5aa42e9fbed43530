// The one place that knows where recorded traffic and traces lie, if they are here at all.
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
    readonly text?: string
  }
}

/** The index rows that pass `want`; empty where the recordings are absent. */
export function fixtures(want: (entry: FixtureEntry) => boolean): FixtureEntry[] {
  const index = resolve(root, 'fixtures/index.json')
  if (!existsSync(index)) return []
  return (JSON.parse(readFileSync(index, 'utf8')) as { files: FixtureEntry[] }).files.filter(want)
}

export function loadFixture(entry: FixtureEntry): Fixture {
  return JSON.parse(readFileSync(resolve(root, 'fixtures', entry.file), 'utf8')) as Fixture
}

/** Absolute path of a public inference trace, or undefined where the traces are absent. */
export function tracePath(name: string): string | undefined {
  const path = resolve(root, 'traces', name)
  return existsSync(path) ? path : undefined
}
