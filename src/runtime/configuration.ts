// Reads the configuration, at the start and at each reload.
import { masterKeyFrom, type MasterKey } from '../access/master-key.ts'
import { storedMasterKey } from '../access/stored-master-key.ts'
import { loadConfig } from '../config/load.ts'
import { type LoadedConfig, loadConfigFile } from '../config/load-file.ts'
import type { Environment } from '../config/substitute.ts'
import { readTextFile } from '../config/text-file.ts'
import { type SimulatedModel, zeroConfig } from '../config/zero-config.ts'
import { hasDefaultUrl, providerTypes } from '../providers/index.ts'

export interface ConfigOrigin {
  /** Undefined: the configuration comes from the environment and the simulated models. */
  readonly file: string | undefined
  readonly environment: Environment
  readonly simulated: readonly SimulatedModel[]
}

/** Reads the configuration. Throws ConfigError. */
export function loadFrom({ file, environment, simulated }: ConfigOrigin): LoadedConfig {
  const source = { environment, providerTypes, hasDefaultUrl }
  if (file !== undefined) return loadConfigFile({ ...source, file })
  const text = zeroConfig(environment, simulated)
  return { config: loadConfig({ ...source, text, file: 'environment', readFile: readTextFile }), files: [] }
}

export interface OwnedKey {
  readonly masterKey: MasterKey
  /** The key itself, only in the run that created it. */
  readonly created: string | undefined
  /** Where the key comes from, for the text printed at the start. */
  readonly source: string
}

/** The configured master key, otherwise that of the data folder. Throws Error with a message for the operator. */
export function masterKeyOf(configured: string | undefined, environment: Environment): OwnedKey {
  if (configured !== undefined) {
    const place = environment['SLUICE_MASTER_KEY'] ? 'SLUICE_MASTER_KEY' : 'access.masterKey'
    return { masterKey: masterKeyFrom(configured), created: undefined, source: `the master key in ${place}` }
  }
  const folder = environment['SLUICE_DATA'] || '.sluice'
  try {
    const { masterKey, created, file } = storedMasterKey(folder)
    const from = created
      ? `a new master key; its hash is stored in ${file}`
      : `the master key shown at the first start (for a new one, delete ${file})`
    return { masterKey, created, source: from }
  } catch (thrown) {
    const why = thrown instanceof Error ? thrown.message : String(thrown)
    const remedy = 'Set SLUICE_MASTER_KEY, or set SLUICE_DATA to a writable folder.'
    throw new Error(`Cannot store the master key in ${folder} (${why}). ${remedy}`, { cause: thrown })
  }
}
