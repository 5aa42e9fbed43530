// Secrets in separate files: `file:/run/secrets/x`.
import { isAbsolute, join } from 'node:path'
import { type Issue, quote } from './issue.ts'
import { type Mapping, type Path, type SourcePosition, isMapping, positionOf } from './source-positions.ts'
import { FileProblem, fileProblem } from './text-file.ts'

/** The text of a file of at most `mostBytes`; throws a `FileProblem` or a system error with a `code`. */
export type ReadFile = (path: string, mostBytes: number) => string

const MOST_SECRET_BYTES = 64 * 1024

export interface SecretOptions {
  readonly root: SourcePosition
  readonly isSecret: (path: Path) => boolean
  readonly readFile: ReadFile
  /** Relative file names are resolved against it. */
  readonly directory: string
}

/** The configuration with each secret `file:NAME` replaced by the trimmed content of the file. */
export const readSecrets = (value: Mapping, options: SecretOptions, issues: Issue[]): Mapping =>
  readMapping(value, options, issues, [])

const readMapping = (value: Mapping, options: SecretOptions, issues: Issue[], path: Path): Mapping =>
  Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, readValue(item, options, issues, [...path, key])]),
  )

function readValue(value: unknown, options: SecretOptions, issues: Issue[], path: Path): unknown {
  if (Array.isArray(value)) return value.map((item, index) => readValue(item, options, issues, [...path, index]))
  if (isMapping(value)) return readMapping(value, options, issues, path)
  if (typeof value !== 'string' || !value.startsWith('file:') || !options.isSecret(path)) return value
  const name = value.slice('file:'.length)
  try {
    const text = options.readFile(isAbsolute(name) ? name : join(options.directory, name), MOST_SECRET_BYTES).trim()
    if (text === '') throw new FileProblem('is empty')
    return text
  } catch (thrown) {
    const named = positionOf(options.root, path).place.origin === undefined ? quote(name) : 'named in the environment'
    issues.push({ path, predicate: `The file ${named} ${fileProblem(thrown)}.`, whole: true })
    return 'unread' // a placeholder, so that the field is not reported as missing as well
  }
}
