// Converts text to a configuration, or reports all its problems.
import { dirname } from 'node:path'
import { type Issue, type Source, toProblems } from './issue.ts'
import { environmentOf } from '../providers/index.ts'
import { readDocument } from './document.ts'
import { hiddenIn, showKey as showKeyOf, unknownWordsIn } from './hidden.ts'
import { applyOverrides } from './overrides.ts'
import type { Mapping, Path } from './source-positions.ts'
import { ConfigError } from './problem.ts'
import { withCredentialFiles } from './provider-files.ts'
import { checkReferences } from './references.ts'
import { newNameAt } from './renamed-keys.ts'
import { type Config, configSchema } from './schema.ts'
import { isSecretAt } from './schema-walk.ts'
import { type ReadFile, readSecrets } from './secrets.ts'
import type { Environment } from './substitute.ts'
import { validate } from './validate.ts'

export type { Config } from './schema.ts'

export interface LoadOptions {
  /** The YAML; empty for a configuration of defaults and environment. */
  readonly text: string
  /** The name of the file in problems. Relative names of secret files are resolved against its folder. */
  readonly file: string
  readonly environment: Environment
  readonly readFile: ReadFile
  readonly providerTypes: readonly string[]
  /** Whether a provider of this type has a default URL, so that `baseUrl` and `endpoints` are optional. */
  readonly hasDefaultUrl: (type: string) => boolean
  /** Whether a text without any value is a problem. A file that was emptied by mistake would remove every model. */
  readonly rejectsEmpty?: boolean
}

/** Reads a configuration: YAML, environment, secret files, schema, references. Throws a `ConfigError` with all problems. */
export function loadConfig(options: LoadOptions): Config {
  const { environment, file, readFile } = options
  const text = options.text.replace(/^\ufeff/, '')
  const schema = configSchema(options.providerTypes)
  const isSecret = (path: Path) => isSecretAt(schema, path)
  const showKey = (path: Path, isBare: boolean) => showKeyOf(schema, path, String(path.at(-1)), isBare)
  const document = readDocument(text, { environment, isSecret })
  const issues = [...document.issues]
  const fail = (source: Pick<Source, 'value' | 'root'>): ConfigError => {
    const { written } = document
    const hidden = written ? hiddenIn(text, written, schema) : unknownWordsIn(text, schema, options.providerTypes)
    return new ConfigError(file, toProblems({ ...source, text, hidden, isSecret, showKey }, issues))
  }
  if (options.rejectsEmpty && document.isEmpty && issues.length === 0) issues.push(EMPTY)
  if (!document.value || issues.includes(EMPTY)) throw fail(document)

  const { value: overridden, root } = withCredentialFiles(
    applyOverrides({ value: withoutEmpty(document.value), root: document.root }, environment, isSecret),
    environment,
  )
  const value = readSecrets(overridden, { root, isSecret, readFile, directory: dirname(file) }, issues)
  const { valid: validPart, issues: invalid } = validate(schema, value)
  const config = validPart && withVariables(validPart, environment)
  const unread = new Set(issues.map(({ path }) => path.join('\n')))
  const wrong = config ? checkReferences(config, value, options.hasDefaultUrl, overridden) : []
  issues.push(...[...invalid, ...wrong].filter(({ path }) => !unread.has(path.join('\n'))))
  if (issues.length > 0 || !config) throw fail({ value, root })
  return config
}

const EMPTY: Issue = {
  path: [],
  predicate: 'The file has no content; allowed: at least one section, or {} for a gateway without models.',
  whole: true,
}

/** The variables that a provider's type reads become part of its configuration, which is sent to all workers. */
const withVariables = (config: Config, environment: Environment): Config => ({
  ...config,
  providers: config.providers.map((provider) => ({
    ...provider,
    environment: environmentOf(provider.type, environment),
  })),
})

/** An empty section such as `providers:` is the same as no section. An old name is rejected even if it is empty. */
const withoutEmpty = (value: Mapping): Mapping =>
  Object.fromEntries(Object.entries(value).filter(([key, section]) => section !== null || newNameAt([key])))
