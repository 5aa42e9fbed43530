// One YAML document, or why it is none.
import { parseDocument } from 'yaml'
import type { Issue } from './issue.ts'
import { type Notes, type ReadOptions, type SourceSpan, readRoot } from './yaml-nodes.ts'
import { type Mapping, type SourcePosition, isMapping, plainPosition } from './source-positions.ts'
import { findStandIn, maskSubstitutions, unmaskSubstitutions } from './substitute.ts'

export const MOST_BYTES = 1024 ** 2
const MOST_SYNTAX_ERRORS = 20 // what comes after the first is mostly its echo

export interface ReadDocument {
  /** Undefined when the text is no mapping in YAML; the issues tell why. */
  readonly value: Mapping | undefined
  readonly root: SourcePosition
  readonly issues: readonly Issue[]
  /** Undefined when the text could not be taken apart. */
  readonly written: readonly SourceSpan[] | undefined
}

/** Reads one YAML document. Whatever is wrong with it is among the issues. */
export function readDocument(text: string, options: ReadOptions): ReadDocument {
  const unreadable = refuse(text)
  if (unreadable) return unread([unreadable])
  // Our own walk looks for keys that stand twice: the library compares each key with every other.
  const document = parseDocument(maskSubstitutions(text), {
    prettyErrors: false,
    uniqueKeys: false,
    stringKeys: true,
    resolveKnownTags: false,
    logLevel: 'error',
  })
  const errors = [...document.errors, ...document.warnings]
  if (errors.length > 0)
    return unread(errors.slice(0, MOST_SYNTAX_ERRORS).map(({ pos, message }) => syntaxComplaint(pos[0], message)))
  const notes: Notes = { issues: [], written: [] }
  const { value, place } = readRoot(document.contents, options, notes)
  if (value === null || isMapping(value)) return { ...notes, value: value ?? {}, root: place }
  const predicate = 'The file is no mapping; allowed: sections such as `providers:` at its top.'
  return { ...notes, value: undefined, root: place, issues: [{ path: [], predicate, whole: true }] }
}

const unread = (issues: readonly Issue[]): ReadDocument => ({
  value: undefined,
  root: plainPosition(0),
  issues,
  written: undefined,
})

function refuse(text: string): Issue | undefined {
  const at = (offset: number, predicate: string): Issue => ({ path: [], offset, predicate, whole: true })
  if (text.length > MOST_BYTES) return at(0, `The file is larger than ${MOST_BYTES / 1024 ** 2} MB; allowed: less.`)
  const standIn = findStandIn(text)
  return standIn === -1
    ? undefined
    : at(standIn, 'Here is a code point that is no character (U+FDD0 to U+FDD6); allowed: characters.')
}

function syntaxComplaint(offset: number, message: string): Issue {
  const told = message.startsWith('Source contains multiple documents')
    ? 'A second document begins here; allowed: one'
    : unmaskSubstitutions(message)
        .replace(/\s+/g, ' ')
        .replace(/(?<=\w):.*$/, '')
        .slice(0, 200)
  return { path: [], offset, predicate: `This is not YAML: ${told}.`.replace(/\.\.$/, '.'), whole: true }
}
