// Reads a configuration together with the files that it names.
import { readdirSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { nearNames } from '../near-names.ts'
import { quote } from './issue.ts'
import { MOST_BYTES } from './document.ts'
import { type Config, type LoadOptions, loadConfig } from './load.ts'
import { ConfigError } from './problem.ts'
import { fileProblem, readTextFile } from './text-file.ts'

export interface ConfigSource extends Pick<LoadOptions, 'environment' | 'providerTypes' | 'hasDefaultUrl'> {
  /** Undefined: defaults and environment only. */
  readonly file: string | undefined
}

export interface LoadedConfig {
  readonly config: Config
  /** All files that were read: the configuration and the secret files it names. */
  readonly files: readonly string[]
}

/** Reads the file and the files that it names. Throws a `ConfigError` for every problem. */
export function loadConfigFile(source: ConfigSource): LoadedConfig {
  const files: string[] = []
  const readFile = (path: string, mostBytes: number) => {
    files.push(path)
    return readTextFile(path, mostBytes)
  }
  const text = source.file === undefined ? '' : readConfigText(source.file, readFile)
  const config = loadConfig({
    ...source,
    text,
    file: source.file ?? 'environment',
    readFile,
    rejectsEmpty: source.file !== undefined,
  })
  return { config, files: [...new Set(files)] }
}

function readConfigText(file: string, readFile: typeof readTextFile): string {
  try {
    return readFile(file, MOST_BYTES)
  } catch (thrown) {
    const message = `The file ${fileProblem(thrown)}.`
    throw new ConfigError(file, [{ line: 0, column: 0, path: '', message, hint: hintFor(file) }])
  }
}

/** Suggests another file in the same folder whose name is similar. */
function hintFor(file: string): string {
  const [nearest] = nearNames(basename(file), yamlFilesIn(dirname(file)), 1)
  return nearest === undefined || nearest === basename(file)
    ? 'Name a configuration file as FILE, with --config or in SLUICE_CONFIG.'
    : `Did you mean ${quote(join(dirname(file), nearest))}?`
}

function yamlFilesIn(folder: string): string[] {
  try {
    return readdirSync(folder).filter((name) => /\.(?:ya?ml|json)$/i.test(name))
  } catch {
    return []
  }
}
