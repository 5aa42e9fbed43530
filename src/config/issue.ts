// One thing that is wrong, before it has a line and a column.
import { nearNames } from '../near-names.ts'
import { type Range, coverSecrets } from './mask.ts'
import { type Lines, createLines } from './excerpt.ts'
import { type Path, type Place, isMapping, placeOf, valueAt } from './source-positions.ts'
import type { Problem } from './problem.ts'

export interface Complaint {
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
  readonly root: Place
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
export function toProblems(source: Source, complaints: readonly Complaint[]): Problem[] {
  const lines = createLines(source.text, source.hidden)
  return complaints
    .slice(0, MOST_PROBLEMS)
    .flatMap((complaint) => locate(source, complaint) ?? [])
    .toSorted((a, b) => a.offset - b.offset)
    .map((located, index): Problem => {
      const found = foundAt(source, located)
      const hint = index < MOST_HINTS ? hintFor(located.complaint, found) : undefined
      return Object.assign(
        positionOf(lines, located.offset),
        phrase(source, located.complaint, found),
        hint ? { hint } : {},
      )
    })
}

function positionOf(lines: Lines, offset: number): Pick<Problem, 'line' | 'column' | 'excerpt'> {
  if (offset < 0) return { line: 0, column: 0 }
  const excerpt = lines.excerpt(offset)
  return { ...lines.at(offset), ...(excerpt ? { excerpt } : {}) }
}

interface Located {
  readonly complaint: Complaint
  /** -1 where it is not in the file. */
  readonly offset: number
  /** That of the path, or the nearest around it. */
  readonly place: Place
}

function locate(source: Source, complaint: Complaint): Located | undefined {
  const { place, depth } = placeOf(source.root, complaint.path)
  const exact = depth === complaint.path.length
  if (place.broken && !complaint.whole) return undefined
  const missing = !exact && isMapping(valueAt(source.value, complaint.path.slice(0, depth)))
  const inside = complaint.atKey || missing ? (place.keyStart ?? place.start) : place.start
  const inFile = source.text !== '' && (place.inFile || complaint.offset !== undefined)
  return { complaint, offset: inFile ? (complaint.offset ?? inside) : -1, place }
}

interface Found {
  readonly value: unknown
  /** Said instead of the value, where that must not be shown. */
  readonly cover: string | undefined
}

function foundAt(source: Source, { complaint, place }: Located): Found {
  const { path, atKey, wrongKind } = complaint
  if (atKey) return { value: lastKey(source, path), cover: undefined }
  const value = valueAt(source.value, path) ?? complaint.input
  return { value, cover: place.origin ?? (wrongKind || source.isSecret(path) ? kindOf(value) : undefined) }
}

function lastKey(source: Source, path: Path): string {
  const key = String(path.at(-1) ?? '')
  const shown = source.showKey(path, valueAt(source.value, path) === null)
  return shown.length < key.length ? `${shown}...` : key
}

function phrase(source: Source, complaint: Complaint, found: Found): Pick<Problem, 'path' | 'message'> {
  const { path, predicate, whole } = complaint
  const keys = [...path.slice(0, -1).map(String), ...(path.length > 0 ? [lastKey(source, path)] : [])]
  return {
    path: keys.map((key) => visible(key.slice(0, LONGEST_KEY))).join('.'),
    message: visible(whole ? predicate : sentence(predicate, found)),
  }
}

function hintFor({ words, meant }: Complaint, { value, cover }: Found): string | undefined {
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
  if (typeof value === 'string') return value.length > LONGEST_SHOWN ? 'a long string' : quote(coverSecrets(value))
  return typeof value === 'object' && value !== null ? kindOf(value) : String(value)
}

function kindOf(value: unknown): string {
  if (Array.isArray(value)) return 'a list'
  if (value === null) return 'nothing'
  return { string: 'a string', number: 'a number', boolean: 'true or false' }[typeof value as string] ?? 'a mapping'
}
