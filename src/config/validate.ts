// Validates against the schema, and converts its errors to issues.
import type { z } from 'zod'
import type { Issue } from './issue.ts'
import { type Mapping, type Path, isMapping } from './source-positions.ts'
import { newNameAt } from './renamed-keys.ts'
import type { Config, configSchema } from './schema.ts'
import { keysAt } from './schema-walk.ts'

export interface Validated {
  readonly issues: readonly Issue[]
  /** The valid part, as if the rest were not in the file. Undefined if no part can be used. */
  readonly valid: Config | undefined
}

type Schema = ReturnType<typeof configSchema>

export function validate(schema: Schema, value: Mapping): Validated {
  const result = parse(schema, value)
  if (result.success) return { issues: [], valid: result.data }
  const issues = result.error.issues.flatMap((issue) => issuesFrom(issue, schema))
  return { issues, valid: validPart(schema, value, result.error.issues) }
}

/** The configuration without the invalid values, or without the entries that require them. References are checked in it. */
function validPart(schema: Schema, value: Mapping, issues: readonly z.core.$ZodIssue[]): Config | undefined {
  const rest = without(value, pathsOf(issues))
  const first = parse(schema, rest)
  if (first.success) return first.data
  return parse(schema, without(rest, entriesOf(first.error.issues))).data
}

const parse = (schema: Schema, value: Mapping) =>
  schema.safeParse(value, { reportInput: true, error: (issue) => predicateOf(issue) })

/** The values that issues are about. */
const pathsOf = (issues: readonly z.core.$ZodIssue[]): Path[] =>
  issues.flatMap((issue) =>
    issue.code === 'unrecognized_keys' ? issue.keys.map((key): Path => [...issue.path, key]) : [issue.path],
  )

const NAMED = new Set(['providers', 'models', 'routes'])

/** The entries that issues are about, or the whole section if it has no entries. */
const entriesOf = (issues: readonly z.core.$ZodIssue[]): Path[] =>
  issues.map(({ path }) => path.slice(0, NAMED.has(String(path[0])) ? 2 : 1))

/** The value without the paths, in one pass: a hostile file has as many problems as values. */
function without(value: Mapping, paths: readonly Path[]): Mapping {
  const byKey = Map.groupBy(paths, ([key]) => String(key))
  const entries = Object.entries(value).map(([key, inner]): readonly [string, unknown] => {
    const rests = byKey.get(key)?.map(([, ...rest]) => rest)
    return [key, rests ? withoutInside(inner, rests) : inner]
  })
  return Object.fromEntries(entries.filter(([, inner]) => inner !== undefined))
}

/** Undefined if all of it is removed. Removing an entry of a list removes the list, because the others must keep their index. */
function withoutInside(inner: unknown, paths: readonly Path[]): unknown {
  if (paths.some((path) => path.length === 0)) return undefined
  if (isMapping(inner)) return without(inner, paths)
  if (!Array.isArray(inner)) return undefined
  const byIndex = Map.groupBy(paths, ([index]) => Number(index))
  const items = inner.map((item: unknown, index) => {
    const rests = byIndex.get(index)?.map(([, ...rest]) => rest)
    return rests ? withoutInside(item, rests) : item
  })
  return items.includes(undefined) ? undefined : items
}

const NO_TEXT = new Set<string>(['object', 'record', 'array'])

function issuesFrom(issue: z.core.$ZodIssue, schema: z.ZodType): Issue[] {
  const { path, message: predicate, input } = issue
  if (issue.code === 'unrecognized_keys') {
    const words = keysAt(schema, path)
    return issue.keys.map((key) => unknownKey([...path, key], words))
  }
  if (issue.code === 'invalid_key')
    return issue.issues.map((inner) => ({ path, atKey: true, predicate: inner.message }))
  if (issue.code === 'custom') return [{ path, predicate, input, atKey: issue.params?.['atKey'] === true }]
  if (issue.code === 'invalid_type') return [{ path, predicate, input, wrongKind: NO_TEXT.has(issue.expected) }]
  if (issue.code !== 'invalid_value') return [{ path, predicate, input }]
  const words = issue.values.map(String)
  // A provider with the name `opnai` and no type is possibly a typo of `openai`.
  return [{ path, predicate, input, words, meant: String(path.at(-2) ?? '') }]
}

function unknownKey(path: Path, words: readonly string[]): Issue {
  const newName = newNameAt(path)
  return newName === undefined
    ? { path, atKey: true, words, predicate: `is not a key here; allowed: ${words.join(', ')}` }
    : { path, atKey: true, predicate: `renamed; write ${newName}`, whole: true }
}

/** The messages for values for which a section's schema has no message of its own. */
function predicateOf(issue: z.core.$ZodRawIssue): string {
  if (issue.code === 'invalid_type') return EXPECTED[issue.expected as string] ?? 'has the wrong type'
  if (issue.code === 'too_big') return `is too large; allowed: ${String(issue['maximum'])} at most`
  if (issue.code === 'too_small') return `is too small; allowed: ${String(issue['minimum'])} or more`
  return 'is not allowed here'
}

const MAPPING = 'is not a mapping; allowed: lines of `key: value`, or { key: value }'
const EXPECTED: Readonly<Record<string, string>> = {
  string: 'is not a string; allowed: text, in quotes if it looks like another type',
  number: 'is not a number; allowed: a number',
  int: 'is not a whole number; allowed: a whole number',
  boolean: 'is not a boolean; allowed: true, false',
  array: 'is not a list; allowed: [one, two], or lines that begin with -',
  object: MAPPING,
  record: MAPPING,
}
