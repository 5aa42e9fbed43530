// One thing that is wrong, before it has a line and a column.
import { nearNames } from '../near-names.ts'
import { type Range, maskSecrets } from './mask.ts'
import { type Lines, createLines } from './excerpt.ts'
import { type Path, type SourcePosition, isMapping, positionOf, valueAt } from './source-positions.ts'
import type { Problem } from './problem.ts'

export interface Issue {
  readonly path: Path
  /** Says what it is not and what is allowed; what was found is put in front: `is not a policy; allowed: ...`. */
  readonly predicate: string
  /** Whether the key is at fault rather than its value. */
  readonly atKey?: boolean
  /** What was found, where the file has nothing at `path` itself. */
  readonly input?: unknown
  /** The words among which to look for what was meant. */
  readonly words?: Iterable<string>
  /** What to compare with them, where nothing was found. */
  readonly meant?: string
  /** Whether it is of a wrong kind, so that its text tells nothing. */
  readonly wrongKind?: boolean
  /** The predicate is a sentence of its own: nothing is put in front. */
  readonly whole?: boolean
  /** Where, when it is not where `path` stands. */
  readonly offset?: number
}

export interface Source {
  readonly text: string
  readonly value: unknown
  readonly root: SourcePosition
  /** Ranges of the text that are never shown. */
  readonly hidden: readonly Range[]
  readonly isSecret: (path: Path) => boolean
  /** As much of the last key as may be shown. */
  readonly showKey: (path: Path, isBare: boolean) => string
}

const MOST_PROBLEMS = 1000
// A hostile file has many names and many mistakes.
const MOST_WORDS = 2000
const MOST_HINTS = 50

/** Complaints as problems, in the order of the file; silent about what stands at a broken place. */
export function toProblems(source: Source, issues: readonly Issue[]): Problem[] {
  const lines = createLines(source.text, source.hidden)
  return issues
    .slice(0, MOST_PROBLEMS)
    .flatMap((issue) => locate(source, issue) ?? [])
    .toSorted((a, b) => a.offset - b.offset)
    .map((located, index): Problem => {
      const found = foundAt(source, located)
      const hint = index < MOST_HINTS ? hintFor(located.issue, found) : undefined
      return Object.assign(
        locationAt(lines, located.offset),
        phrase(source, located.issue, found),
        hint ? { hint } : {},
      )
    })
}

function locationAt(lines: Lines, offset: number): Pick<Problem, 'line' | 'column' | 'excerpt'> {
  if (offset < 0) return { line: 0, column: 0 }
  const excerpt = lines.excerpt(offset)
  return { ...lines.at(offset), ...(excerpt ? { excerpt } : {}) }
}

interface Located {
  readonly issue: Issue
  /** -1 where it is not in the file. */
  readonly offset: number
  /** That of the path, or the nearest around it. */
  readonly place: SourcePosition
}

function locate(source: Source, issue: Issue): Located | undefined {
  const { place, depth } = positionOf(source.root, issue.path)
  const exact = depth === issue.path.length
  if (place.broken && !issue.whole) return undefined
  const missing = !exact && isMapping(valueAt(source.value, issue.path.slice(0, depth)))
  const inside = issue.atKey || missing ? (place.keyStart ?? place.start) : place.start
  const inFile = source.text !== '' && (place.inFile || issue.offset !== undefined)
  return { issue, offset: inFile ? (issue.offset ?? inside) : -1, place }
}

interface Found {
  readonly value: unknown
  /** Said instead of the value, where that must not be shown. */
  readonly cover: string | undefined
}

function foundAt(source: Source, { issue, place }: Located): Found {
  const { path, atKey, wrongKind } = issue
  if (atKey) return { value: lastKey(source, path), cover: undefined }
  const value = valueAt(source.value, path) ?? issue.input
  return { value, cover: place.origin ?? (wrongKind || source.isSecret(path) ? kindOf(value) : undefined) }
}

function lastKey(source: Source, path: Path): string {
  const key = String(path.at(-1) ?? '')
  const shown = source.showKey(path, valueAt(source.value, path) === null)
  return shown.length < key.length ? `${shown}...` : key
}

function phrase(source: Source, issue: Issue, found: Found): Pick<Problem, 'path' | 'message'> {
  const { path, predicate, whole } = issue
  const keys = [...path.slice(0, -1).map(String), ...(path.length > 0 ? [lastKey(source, path)] : [])]
  return {
    path: keys.map((key) => visible(key.slice(0, LONGEST_KEY))).join('.'),
    message: visible(whole ? predicate : sentence(predicate, found)),
  }
}

function hintFor({ words, meant }: Issue, { value, cover }: Found): string | undefined {
  const wanted = value === undefined ? meant : typeof value === 'string' && cover === undefined ? value : undefined
  const nearest = wanted && words && nearNames(wanted, [...words].slice(0, MOST_WORDS), 1)[0]
  return nearest ? `Did you mean ${quote(nearest)}?` : undefined
}

const sentence = (predicate: string, { value, cover }: Found): string =>
  value === undefined ? predicate.replace(/^[^;]*/, 'is missing') : `${cover ?? show(value)} ${predicate}`

const LONGEST = 80
const LONGEST_KEY = 300
const LONGEST_SHOWN = 1000 // cutting it before its secrets are covered could show half of one

/** Text in quotes, short, and without anything that could move a terminal's cursor. */
export const quote = (text: string): string =>
  `"${visible(text.length > LONGEST ? `${text.slice(0, LONGEST)}...` : text)}"`

const visible = (text: string): string =>
  text.replace(/[\p{C}\p{Zl}\p{Zp}]/gu, (character) => `\\u${character.codePointAt(0)!.toString(16).padStart(4, '0')}`)

function show(value: unknown): string {
  if (typeof value === 'string') return value.length > LONGEST_SHOWN ? 'a long string' : quote(maskSecrets(value))
  return typeof value === 'object' && value !== null ? kindOf(value) : String(value)
}

function kindOf(value: unknown): string {
  if (Array.isArray(value)) return 'a list'
  if (value === null) return 'nothing'
  return { string: 'a string', number: 'a number', boolean: 'true or false' }[typeof value as string] ?? 'a mapping'
}
