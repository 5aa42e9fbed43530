// Converts YAML nodes to plain values and a tree of their positions, and substitutes environment variables.
import { type Pair, type ParsedNode, isAlias, isMap, isPair, isScalar, isSeq } from 'yaml'
import type { Issue } from './issue.ts'
import { type Path, type SourcePosition, isMapping, plainPosition } from './source-positions.ts'
import { type Environment, retype, substitute, unmaskSubstitutions } from './substitute.ts'

const MOST_VALUES = 200_000
const MOST_DEPTH = 50
const LONGEST_TEXT = 16_384

export interface ReadOptions {
  readonly environment: Environment
  readonly isSecret: (path: Path) => boolean
}

/** A key or a scalar, and its position in the text. */
export interface SourceSpan {
  readonly path: Path
  readonly isKey: boolean
  /** A key without a value: possibly part of a value that contains a comma. */
  readonly isBare: boolean
  readonly start: number
  readonly end: number
}

/** Collected while reading. */
export interface Notes {
  readonly issues: Issue[]
  readonly written: SourceSpan[]
}

export interface Read {
  readonly value: unknown
  readonly place: SourcePosition
}

interface Reader extends ReadOptions, Notes {
  readonly anchors: Map<string, ParsedNode>
  left: number
}

/** Reads a document from its root. */
export const readRoot = (root: ParsedNode | null, options: ReadOptions, notes: Notes): Read =>
  root ? readNode({ ...options, ...notes, anchors: new Map(), left: MOST_VALUES }, root, []) : nothing(0)

const nothing = (start: number): Read => ({ value: null, place: plainPosition(start) })

function readNode(reader: Reader, node: ParsedNode, path: Path): Read {
  const start = node.range[0]
  const fail = (predicate: string): Read => {
    reader.issues.push({ path, offset: start, predicate, whole: true })
    return { value: null, place: { ...plainPosition(start), broken: true } }
  }
  if (reader.left-- === 0)
    return fail(`Aliases expand this file to more than ${MOST_VALUES} values; allowed: at most ${MOST_VALUES}.`)
  if (reader.left < 0) return { value: null, place: { ...plainPosition(start), broken: true } }
  if (path.length > MOST_DEPTH)
    return fail(`This is nested deeper than ${MOST_DEPTH} levels; allowed: at most ${MOST_DEPTH}.`)
  if (isAlias(node)) {
    reader.written.push({ path, isKey: false, isBare: false, start, end: node.range[1] })
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
  if (node.anchor) reader.anchors.set(node.anchor, node) // only now, so that no node can contain itself
  return read
}

function readList(reader: Reader, items: readonly unknown[], start: number, path: Path): Read {
  const reads = items.map((item, index) =>
    isPair(item) || !item ? nothing(start) : readNode(reader, item as ParsedNode, [...path, index]),
  )
  return {
    value: reads.map(({ value }) => value),
    place: plainPosition(start, new Map(reads.map(({ place }, index) => [String(index), place]))),
  }
}

function readMap(
  reader: Reader,
  items: readonly Pair<ParsedNode, ParsedNode | null>[],
  start: number,
  path: Path,
): Read {
  const values = new Map<string, unknown>()
  const children = new Map<string, SourcePosition>()
  const merged: Read[] = []
  for (const { key: keyNode, value: valueNode } of items) {
    const key = isScalar(keyNode) ? unmaskSubstitutions(String(keyNode.value)) : ''
    const [keyStart, keyEnd] = keyNode.range
    if (key === '<<' && valueNode) {
      merged.push(readNode(reader, valueNode, path))
      continue
    }
    const read = valueNode ? readNode(reader, valueNode, [...path, key]) : nothing(keyStart)
    reader.written.push({
      path: [...path, key],
      isKey: true,
      isBare: read.value === null,
      start: keyStart,
      end: keyEnd,
    })
    // A secret can begin with & or !, which YAML reads as an anchor or a tag and not as part of the value.
    if (valueNode && reader.isSecret([...path, key]))
      reader.written.push({ path: [...path, key], isKey: false, isBare: false, start: keyEnd, end: valueNode.range[1] })
    const problem = wrongKey(key, values)
    if (problem)
      reader.issues.push({ path: [...path, key], atKey: true, offset: keyStart, predicate: problem, whole: true })
    else {
      values.set(key, read.value)
      children.set(key, { ...read.place, keyStart })
    }
  }
  for (const read of merged) mergeInto(values, children, read)
  return { value: Object.fromEntries(values), place: plainPosition(start, children) }
}

function wrongKey(key: string, earlier: ReadonlyMap<string, unknown>): string | undefined {
  if (earlier.has(key)) return 'This key is set twice; allowed: once.'
  if (key === '__proto__') return 'This key is not allowed.'
  if (/\$\{[A-Za-z_]/.test(key)) return 'A key cannot come from the environment; allowed: ${NAME} in values.'
  return undefined
}

/** `<<: *base`, or a list of aliases: adds the keys that the mapping does not have. */
function mergeInto(values: Map<string, unknown>, children: Map<string, SourcePosition>, read: Read): void {
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
  const [start, end] = node.range
  reader.written.push({ path, isKey: false, isBare: false, start, end })
  const value = isScalar(node) ? node.value : null
  const place = plainPosition(start)
  const fail = (predicate: string): Read => {
    reader.issues.push({ path, predicate, whole: true })
    return { value: '', place: { ...place, broken: true } }
  }
  if (typeof value !== 'string') return { value, place }
  const text = unmaskSubstitutions(value)
  const made = text.length > LONGEST_TEXT ? undefined : substitute(text, reader.environment)
  if (!made || made.text.length > LONGEST_TEXT)
    return fail(`The value is longer than ${LONGEST_TEXT} characters; allowed: at most ${LONGEST_TEXT}.`)
  if (made.problems[0] !== undefined) return fail(`The value ${made.problems[0]}.`)
  if (!made.changed) return { value: text, place }
  const retyped = made.whole && isScalar(node) && node.type === 'PLAIN' && !reader.isSecret(path)
  return { value: retyped ? retype(made.text) : made.text, place: { ...place, origin: originOf(text, made.whole) } }
}

/** Names the variable, but not its default, which can be a secret. */
const originOf = (text: string, whole: boolean): string =>
  whole ? `the value of ${text.replace(/:-[^]*\}$/, '}')}` : 'the value with environment variables filled in'
