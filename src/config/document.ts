// YAML text as plain values and the tree of their places, with what the environment holds put in.
import {
  type Document,
  type Pair,
  type ParsedNode,
  isAlias,
  isMap,
  isNode,
  isPair,
  isScalar,
  isSeq,
  parseDocument,
} from 'yaml'
import type { Complaint } from './complaint.ts'
import type { Range } from './excerpt.ts'
import { type Path, type Place, isMapping, plainPlace } from './places.ts'
import {
  type Environment,
  findStandIn,
  maskSubstitutions,
  retype,
  substitute,
  unmaskSubstitutions,
} from './substitute.ts'

export interface ReadOptions {
  readonly environment: Environment
  readonly isSecret: (path: Path) => boolean
}

export interface ReadDocument {
  readonly value: unknown
  readonly root: Place
  readonly complaints: readonly Complaint[]
  readonly hidden: readonly Range[]
}

export const MOST_BYTES = 1024 ** 2
const MOST_VALUES = 200_000
const MOST_DEPTH = 50
const LONGEST_TEXT = 16_384
const MOST_SYNTAX_ERRORS = 20 // what comes after the first is mostly its echo

interface Reader extends ReadOptions {
  readonly complaints: Complaint[]
  readonly anchors: Map<string, ParsedNode>
  left: number
}

interface Read {
  readonly value: unknown
  readonly place: Place
}

/** Reads one YAML document. Whatever is wrong with it is among the complaints; after a syntax error there is no value. */
export function readDocument(text: string, options: ReadOptions): ReadDocument {
  const unreadable = refuse(text)
  if (unreadable) return { value: {}, root: plainPlace(0), complaints: [unreadable], hidden: [[0, text.length]] }
  // Our own walk looks for keys that stand twice: the library compares each key with every other.
  const document = parseDocument(maskSubstitutions(text), {
    prettyErrors: false,
    uniqueKeys: false,
    stringKeys: true,
    resolveKnownTags: false,
    logLevel: 'error',
  })
  const complaints = [...document.errors, ...document.warnings]
    .slice(0, MOST_SYNTAX_ERRORS)
    .map(({ pos, message }) => syntaxComplaint(pos[0], message))
  const hidden = findHidden(document, text)
  if (complaints.length > 0) return { value: {}, root: plainPlace(0), complaints, hidden }
  const reader: Reader = { ...options, complaints, anchors: new Map(), left: MOST_VALUES }
  const { value, place } = document.contents ? readNode(reader, document.contents, []) : nothing(0)
  if (value !== null && !isMapping(value))
    complaints.push({
      path: [],
      predicate: 'is not a configuration; allowed: a mapping with sections such as `providers`',
    })
  return { value: isMapping(value) ? value : (value ?? {}), root: place, complaints, hidden }
}

function refuse(text: string): Complaint | undefined {
  const at = (offset: number, predicate: string): Complaint => ({ path: [], offset, predicate, whole: true })
  if (text.length > MOST_BYTES) return at(0, `The file is larger than ${MOST_BYTES / 1024 ** 2} MB; allowed: less.`)
  const standIn = findStandIn(text)
  return standIn === -1
    ? undefined
    : at(standIn, 'Here is a code point that is no character (U+FDD0 to U+FDD6); allowed: characters.')
}

function syntaxComplaint(offset: number, message: string): Complaint {
  const told = message.startsWith('Source contains multiple documents')
    ? 'A second document begins here; allowed: one'
    : unmaskSubstitutions(message).replace(/\s+/g, ' ').slice(0, 200)
  return { path: [], offset, predicate: `This is not YAML: ${told}.`.replace(/\.\.$/, '.'), whole: true }
}

const ONLY_A_NAME = /^["']?(?:\$\{\w+\}|os\.environ\/\w+|file:\S+)["']?$/
const SECRET_KEY = /key|secret|token|password|credential|authorization|^headers$/i

/** Where values of secret-looking keys stand, and all headers. It asks no schema, because a file with errors fits none. */
function findHidden(document: Document.Parsed, text: string): Range[] {
  const hidden: Range[] = []
  const search = (node: unknown, secret: boolean, depth: number): void => {
    if (!isNode(node) || !node.range) return
    const [start, end] = node.range
    if (secret || depth > MOST_DEPTH) {
      if (!ONLY_A_NAME.test(text.slice(start, end))) hidden.push([start, end])
    } else if (isMap(node))
      for (const { key, value } of node.items)
        search(value, isScalar(key) && SECRET_KEY.test(String(key.value)), depth + 1)
    else if (isSeq(node)) for (const item of node.items) search(item, false, depth + 1)
  }
  search(document.contents, false, 0)
  return hidden
}

const nothing = (start: number): Read => ({ value: null, place: plainPlace(start) })

function readNode(reader: Reader, node: ParsedNode, path: Path): Read {
  const start = node.range[0]
  const fail = (predicate: string): Read => {
    reader.complaints.push({ path, offset: start, predicate, whole: true })
    return { value: null, place: { ...plainPlace(start), broken: true } }
  }
  if (reader.left-- === 0) return fail(`Aliases make this file larger than ${MOST_VALUES} values; allowed: less.`)
  if (reader.left < 0) return { value: null, place: { ...plainPlace(start), broken: true } }
  if (path.length > MOST_DEPTH) return fail(`This is nested deeper than ${MOST_DEPTH} levels; allowed: less.`)
  if (isAlias(node)) {
    const target = reader.anchors.get(node.source)
    return target
      ? readNode(reader, target, path)
      : fail('This alias has no anchor before it; allowed: *name after &name.')
  }
  const read = isMap(node)
    ? readMap(reader, node.items, start, path)
    : isSeq(node)
      ? readList(reader, node.items, start, path)
      : readScalar(reader, node, path)
  if (node.anchor) reader.anchors.set(node.anchor, node) // only now, so that nothing can hold itself
  return read
}

function readList(reader: Reader, items: readonly unknown[], start: number, path: Path): Read {
  const reads = items.map((item, index) =>
    isPair(item) || !item ? nothing(start) : readNode(reader, item as ParsedNode, [...path, index]),
  )
  return {
    value: reads.map(({ value }) => value),
    place: plainPlace(start, new Map(reads.map(({ place }, index) => [String(index), place]))),
  }
}

function readMap(
  reader: Reader,
  items: readonly Pair<ParsedNode, ParsedNode | null>[],
  start: number,
  path: Path,
): Read {
  const values = new Map<string, unknown>()
  const children = new Map<string, Place>()
  const merged: Read[] = []
  for (const { key: keyNode, value: valueNode } of items) {
    const key = isScalar(keyNode) ? unmaskSubstitutions(String(keyNode.value)) : ''
    const keyStart = keyNode.range[0]
    if (key === '<<' && valueNode) {
      merged.push(readNode(reader, valueNode, path))
      continue
    }
    const problem = wrongKey(key, values)
    if (problem) reader.complaints.push({ path: [...path, key], offset: keyStart, predicate: problem, whole: true })
    else {
      const read = valueNode ? readNode(reader, valueNode, [...path, key]) : nothing(keyStart)
      values.set(key, read.value)
      children.set(key, { ...read.place, keyStart })
    }
  }
  for (const read of merged) mergeInto(values, children, read)
  return { value: Object.fromEntries(values), place: plainPlace(start, children) }
}

function wrongKey(key: string, earlier: ReadonlyMap<string, unknown>): string | undefined {
  if (earlier.has(key)) return 'This key stands here twice; allowed: once.'
  if (key === '__proto__') return 'This key is not allowed.'
  if (/\$\{[A-Za-z_]/.test(key)) return 'A key cannot come from the environment; allowed: ${NAME} in values.'
  return undefined
}

/** `<<: *base`, or a list of such: gives what the mapping does not say itself. */
function mergeInto(values: Map<string, unknown>, children: Map<string, Place>, read: Read): void {
  if (Array.isArray(read.value)) {
    for (const [index, value] of read.value.entries())
      mergeInto(values, children, { value, place: read.place.children.get(String(index))! })
  } else if (isMapping(read.value))
    for (const [key, value] of Object.entries(read.value)) {
      if (values.has(key)) continue
      values.set(key, value)
      children.set(key, read.place.children.get(key)!)
    }
}

function readScalar(reader: Reader, node: ParsedNode, path: Path): Read {
  const value = isScalar(node) ? node.value : null
  const place = plainPlace(node.range[0])
  if (typeof value !== 'string') return { value, place }
  const text = unmaskSubstitutions(value)
  const made = substitute(text, reader.environment)
  if (made.text.length > LONGEST_TEXT) {
    reader.complaints.push({
      path,
      predicate: `The value is longer than ${LONGEST_TEXT} characters; allowed: less.`,
      whole: true,
    })
    return { value: '', place: { ...place, broken: true } }
  }
  for (const problem of made.problems) reader.complaints.push({ path, predicate: `The value ${problem}.`, whole: true })
  const retyped =
    made.whole && isScalar(node) && node.type === 'PLAIN' && !reader.isSecret(path) ? retype(made.text) : made.text
  const origin = made.changed
    ? made.whole
      ? `the value of ${text}`
      : 'the value with what the environment gave'
    : undefined
  return { value: retyped, place: { ...place, origin, broken: made.problems.length > 0 } }
}
