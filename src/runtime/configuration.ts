// Where the configuration of a process comes from, at the start and at each reload.
import { masterKeyFrom, type MasterKey } from '../access/master-key.ts'
import { storedMasterKey } from '../access/stored-master-key.ts'
import { loadConfig } from '../config/load.ts'
import { type LoadedConfig, loadConfigFile } from '../config/load-file.ts'
import type { Environment } from '../config/substitute.ts'
import { readTextFile } from '../config/text-file.ts'
import { type SimulatedModel, zeroConfig } from '../config/zero-config.ts'
import { hasDefaultUrl, providerTypes } from '../providers/index.ts'

export interface ConfigOrigin {
  /** Undefined: what the environment and the simulated models give. */
  readonly file: string | undefined
  readonly environment: Environment
  readonly simulated: readonly SimulatedModel[]
}

/** Reads the configuration anew. Throws ConfigError. */
export function loadFrom({ file, environment, simulated }: ConfigOrigin): LoadedConfig {
  const source = { environment, providerTypes, hasDefaultUrl }
  if (file !== undefined) return loadConfigFile({ ...source, file })
  const text = zeroConfig(environment, simulated)
  return { config: loadConfig({ ...source, text, file: 'environment', readFile: readTextFile }), files: [] }
}

export interface OwnedKey {
  readonly masterKey: MasterKey
  /** The key itself, only in the run that made it. */
  readonly created: string | undefined
  /** Where it comes from, for people. */
  readonly from: string
}

/** The master key that was given, else the one of the data folder. Throws Error with a message for people. */
export function masterKeyOf(given: string | undefined, environment: Environment): OwnedKey {
  if (given !== undefined) {
    const place = environment['SLUICE_MASTER_KEY'] ? 'SLUICE_MASTER_KEY' : 'access.masterKey'
    return { masterKey: masterKeyFrom(given), created: undefined, from: `the master key in ${place}` }
  }
  const folder = environment['SLUICE_DATA'] || '.sluice'
  try {
    const { masterKey, created, file } = storedMasterKey(folder)
    const from = created
      ? `a new master key; its hash is kept in ${file}`
      : `the master key shown at the first start (for a new one, delete ${file})`
    return { masterKey, created, from }
  } catch (thrown) {
    const why = thrown instanceof Error ? thrown.message : String(thrown)
    const remedy = 'Set SLUICE_MASTER_KEY, or SLUICE_DATA to a folder that can be written.'
    throw new Error(`A master key could not be kept in ${folder} (${why}). ${remedy}`, { cause: thrown })
  }
}
