// Secrets that stand in files of their own: `file:/run/secrets/x`.
import { isAbsolute, join } from 'node:path'
import type { Complaint } from './complaint.ts'
import { type Path, isMapping } from './places.ts'

/** The text of a file of at most `mostBytes`; throws a `FileProblem` or a system error with a `code`. */
export type ReadFile = (path: string, mostBytes: number) => string

/** Why a file is of no use, as the end of a sentence: `is larger than 64 KB`. */
export class FileProblem extends Error {}

export const MOST_SECRET_BYTES = 64 * 1024

export interface SecretOptions {
  readonly isSecret: (path: Path) => boolean
  readonly readFile: ReadFile
  /** Against which a relative file name is resolved. */
  readonly directory: string
}

/** The value with each secret `file:NAME` replaced by what the file holds, without space around it. */
export function readSecrets(value: unknown, options: SecretOptions, complaints: Complaint[], path: Path = []): unknown {
  if (Array.isArray(value)) return value.map((item, index) => readSecrets(item, options, complaints, [...path, index]))
  if (isMapping(value))
    return Object.fromEntries(
      Object.entries(value).map(([key, item]) => [key, readSecrets(item, options, complaints, [...path, key])]),
    )
  if (typeof value !== 'string' || !value.startsWith('file:') || !options.isSecret(path)) return value
  const name = value.slice('file:'.length)
  try {
    const text = options.readFile(isAbsolute(name) ? name : join(options.directory, name), MOST_SECRET_BYTES).trim()
    if (text === '') throw new FileProblem('is empty')
    return text
  } catch (thrown) {
    // The name is not said: it may be a secret of which someone thought that it begins with `file:`.
    complaints.push({ path, predicate: `The file it names ${fileProblem(thrown)}.`, whole: true })
    return 'unread' // stands in, so that the field is not reported as missing as well
  }
}

const SYSTEM: Readonly<Record<string, string>> = {
  ENOENT: 'does not exist',
  EACCES: 'may not be read by this user',
  EISDIR: 'is a directory',
  ENOTDIR: 'lies below something that is no directory',
}

/** What is wrong with a file, as the end of a sentence. */
export function fileProblem(thrown: unknown): string {
  if (thrown instanceof FileProblem) return thrown.message
  const code = thrown instanceof Error && 'code' in thrown ? String(thrown.code) : ''
  return SYSTEM[code] ?? `cannot be read${code ? ` (${code})` : ''}`
}
