// A problem before its line and column are known.
import { nearNames } from '../near-names.ts'
import { type Range, maskSecrets } from './mask.ts'
import { type Lines, createLines } from './excerpt.ts'
import { type Path, type SourcePosition, isMapping, positionOf, valueAt } from './source-positions.ts'
import type { Problem } from './problem.ts'

export interface Issue {
  readonly path: Path
  /** What is wrong and what is allowed. The value is put in front of it: `is not a policy; allowed: ...`. */
  readonly predicate: string
  /** The problem is the key, not its value. */
  readonly atKey?: boolean
  /** The value, if the file has none at `path`. */
  readonly input?: unknown
  /** The allowed words, for a suggestion. */
  readonly words?: Iterable<string>
  /** The word to compare with them if there is no value. */
  readonly meant?: string
  /** The value has the wrong type, so the message names its type and not its text. */
  readonly wrongKind?: boolean
  /** The predicate is a full sentence: no value is put in front of it. */
  readonly whole?: boolean
  /** The position, if it is not that of `path`. */
  readonly offset?: number
}

export interface Source {
  readonly text: string
  readonly value: unknown
  readonly root: SourcePosition
  /** Ranges of the text that are never shown. */
  readonly hidden: readonly Range[]
  readonly isSecret: (path: Path) => boolean
  /** The part of the last key that can be shown. */
  readonly showKey: (path: Path, isBare: boolean) => string
}

const MOST_PROBLEMS = 1000
// A hostile file has many names and many problems.
const MOST_WORDS = 2000
const MOST_HINTS = 50

/** Issues as problems, in the order of the file. Issues at a value that could not be read are left out. */
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
  /** -1 if it is not in the file. */
  readonly offset: number
  /** The position of the path, or of the closest value that contains it. */
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
  /** Shown instead of the value if that must not be shown. */
  readonly standIn: string | undefined
}

function foundAt(source: Source, { issue, place }: Located): Found {
  const { path, atKey, wrongKind } = issue
  if (atKey) return { value: lastKey(source, path), standIn: undefined }
  const value = valueAt(source.value, path) ?? issue.input
  return { value, standIn: place.origin ?? (wrongKind || source.isSecret(path) ? kindOf(value) : undefined) }
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

function hintFor({ words, meant }: Issue, { value, standIn }: Found): string | undefined {
  const wanted = value === undefined ? meant : typeof value === 'string' && standIn === undefined ? value : undefined
  const nearest = wanted && words && nearNames(wanted, [...words].slice(0, MOST_WORDS), 1)[0]
  return nearest ? `Did you mean ${quote(nearest)}?` : undefined
}

const sentence = (predicate: string, { value, standIn }: Found): string =>
  value === undefined ? predicate.replace(/^[^;]*/, 'is missing') : `${standIn ?? show(value)} ${predicate}`

const LONGEST = 80
const LONGEST_KEY = 300
const LONGEST_SHOWN = 1000 // cutting it before its secrets are masked could show half of one

/** Text in quotes, shortened, and without characters that move a terminal's cursor. */
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
  if (value === null) return 'an empty value'
  return { string: 'a string', number: 'a number', boolean: 'true or false' }[typeof value as string] ?? 'a mapping'
}
