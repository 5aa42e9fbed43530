// Text in, configuration out, or everything that is wrong with it.
import { dirname } from 'node:path'
import { type Source, toProblems } from './complaint.ts'
import { readDocument } from './document.ts'
import { applyOverrides } from './overrides.ts'
import { type Path, isMapping } from './places.ts'
import { ConfigError } from './problem.ts'
import { checkReferences } from './references.ts'
import { type Config, configSchema } from './schema.ts'
import { isSecretAt } from './schema-walk.ts'
import { type ReadFile, readSecrets } from './secrets.ts'
import type { Environment } from './substitute.ts'
import { validate } from './validate.ts'

export type { Config } from './schema.ts'

export interface LoadOptions {
  /** The YAML; empty for a configuration of defaults and environment. */
  readonly text: string
  /** What the file is called in problems. Relative names of secret files are read beside it. */
  readonly file: string
  readonly environment: Environment
  readonly readFile: ReadFile
  readonly providerTypes: readonly string[]
  /** Whether a provider of this type knows where to call without `baseUrl` and `endpoints`. */
  readonly hasDefaultUrl: (type: string) => boolean
}

/** Reads a configuration: YAML, environment, secret files, schema, references. Throws a `ConfigError` with all problems. */
export function loadConfig(options: LoadOptions): Config {
  const { environment, file } = options
  const text = options.text.replace(/^\ufeff/, '')
  const schema = configSchema(options.providerTypes)
  const isSecret = (path: Path) => isSecretAt(schema, path)
  const { value: read, root: readRoot, hidden, complaints: unreadable } = readDocument(text, { environment, isSecret })
  const complaints = [...unreadable]
  const fail = (source: Pick<Source, 'value' | 'root'>): never => {
    throw new ConfigError(file, toProblems({ ...source, text, hidden, isSecret }, complaints))
  }
  if (!isMapping(read) || complaints.some(({ path }) => path.length === 0)) return fail({ value: read, root: readRoot })

  const { value: overridden, root } = applyOverrides(
    { value: withoutEmpty(read), root: readRoot },
    environment,
    isSecret,
  )
  const value = readSecrets(
    overridden,
    { root, isSecret, readFile: options.readFile, directory: dirname(file) },
    complaints,
  )
  if (!isMapping(value)) return fail({ value, root })
  const { sound, complaints: invalid } = validate(schema, value)
  complaints.push(...invalid, ...(sound ? checkReferences(sound, value, options.hasDefaultUrl) : []))
  return complaints.length > 0 || !sound ? fail({ value, root }) : sound
}

/** `providers:` with nothing but comments below it is the same as no such section. */
const withoutEmpty = (value: Readonly<Record<string, unknown>>) =>
  Object.fromEntries(Object.entries(value).filter(([, section]) => section !== null))
