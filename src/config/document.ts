// Reads one YAML document, or reports why the text is not one.
import { parseDocument } from 'yaml'
import type { Issue } from './issue.ts'
import { type Notes, type ReadOptions, type SourceSpan, readRoot } from './yaml-nodes.ts'
import { type Mapping, type SourcePosition, isMapping, plainPosition } from './source-positions.ts'
import { findStandIn, maskSubstitutions, unmaskSubstitutions } from './substitute.ts'

export const MOST_BYTES = 1024 ** 2
const MOST_SYNTAX_ERRORS = 20 // most errors after the first are consequences of it

export interface ReadDocument {
  /** Undefined if the text is not a YAML mapping; the issues have the reason. */
  readonly value: Mapping | undefined
  /** Whether the text has no value: it is empty, or has only comments or sections without content. */
  readonly isEmpty: boolean
  readonly root: SourcePosition
  readonly issues: readonly Issue[]
  /** Undefined if the text could not be parsed. */
  readonly written: readonly SourceSpan[] | undefined
}

/** Reads one YAML document. All problems with it are in the issues. */
export function readDocument(text: string, options: ReadOptions): ReadDocument {
  const unreadable = checkText(text)
  if (unreadable) return unread([unreadable])
  // `readRoot` finds duplicate keys in linear time: the library compares each key with every other.
  const document = parseDocument(maskSubstitutions(text), {
    prettyErrors: false,
    uniqueKeys: false,
    stringKeys: true,
    resolveKnownTags: false,
    logLevel: 'error',
  })
  const errors = [...document.errors, ...document.warnings]
  if (errors.length > 0)
    return unread(errors.slice(0, MOST_SYNTAX_ERRORS).map(({ pos, message }) => syntaxIssue(pos[0], message)))
  const notes: Notes = { issues: [], written: [] }
  const { value, place } = readRoot(document.contents, options, notes)
  if (value === null || isMapping(value)) return { ...notes, value: value ?? {}, isEmpty: isEmpty(value), root: place }
  const predicate = 'The file is not a mapping; allowed: sections such as `providers:` at the top level.'
  return { ...notes, value: undefined, isEmpty: false, root: place, issues: [{ path: [], predicate, whole: true }] }
}

/** `{}` is not empty: it was written on purpose. */
function isEmpty(value: Mapping | null): boolean {
  const sections = Object.values(value ?? {})
  return value === null || (sections.length > 0 && sections.every((section) => section === null))
}

const unread = (issues: readonly Issue[]): ReadDocument => ({
  value: undefined,
  isEmpty: false,
  root: plainPosition(0),
  issues,
  written: undefined,
})

function checkText(text: string): Issue | undefined {
  const at = (offset: number, predicate: string): Issue => ({ path: [], offset, predicate, whole: true })
  if (text.length > MOST_BYTES)
    return at(0, `The file is larger than ${MOST_BYTES / 1024 ** 2} MB; allowed: at most ${MOST_BYTES / 1024 ** 2} MB.`)
  const standIn = findStandIn(text)
  return standIn === -1
    ? undefined
    : at(standIn, 'This code point is not a character (U+FDD0 to U+FDD6); allowed: valid characters.')
}

function syntaxIssue(offset: number, message: string): Issue {
  const reason = message.startsWith('Source contains multiple documents')
    ? 'a second document begins here; allowed: one document'
    : unmaskSubstitutions(message)
        .replace(/\s+/g, ' ')
        .replace(/(?<=\w):.*$/, '')
        .slice(0, 200)
  return { path: [], offset, predicate: `This is not valid YAML: ${reason}.`.replace(/\.\.$/, '.'), whole: true }
}
