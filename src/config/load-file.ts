// The configuration with the files that it is made of.
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
  /** All that was read: the configuration and the secret files it names. */
  readonly files: readonly string[]
}

/** Reads the file and what it names. Throws a `ConfigError`, whatever is wrong. */
export function loadConfigFile(source: ConfigSource): LoadedConfig {
  const files: string[] = []
  const readFile = (path: string, mostBytes: number) => {
    files.push(path)
    return readTextFile(path, mostBytes)
  }
  const text = source.file === undefined ? '' : readConfigText(source.file, readFile)
  const config = loadConfig({ ...source, text, file: source.file ?? 'environment', readFile })
  return { config, files: [...new Set(files)] }
}

function readConfigText(file: string, readFile: typeof readTextFile): string {
  try {
    return readFile(file, MOST_BYTES)
  } catch (thrown) {
    throw new ConfigError(file, [{ line: 0, column: 0, path: '', message: `The file ${fileProblem(thrown)}.` }])
  }
}
