import { removeStaleSocket } from '../http/unix-socket.ts'
import { locateConfig } from '../config/environment.ts'
import type { LoadedConfig } from '../config/load-file.ts'
import type { Environment } from '../config/substitute.ts'
import { loadBeside } from './load-beside.ts'
import { loadFrom, masterKeyOf, type OwnedKey } from './configuration.ts'
import { NOT_SIMULATED, startSimulated } from './simulated.ts'

export interface StartOptions {
  readonly version: string
  readonly environment: Environment
  /** The `--config` flag. */
  readonly configFlag?: string | undefined
  /** Whether simulated models run when there is no configuration file. */
  readonly simulates: boolean
  /** Listens on a port and without TLS, for a client in the same process. */
  readonly isOwnClient?: boolean
}

/** What is prepared once, for any number of processes. */
export interface Prepared {
  readonly version: string
  readonly configFile: string | undefined
  readonly loaded: LoadedConfig
  /** Reads the configuration again, beside what runs. Throws ConfigError. */
  load(): Promise<LoadedConfig>
  readonly key: OwnedKey
  /** Names of the simulated models that run. */
  readonly simulated: readonly string[]
  stopSimulated(): void
}

/**
 * Reads the configuration, reads or creates the master key, and starts the simulated models. Throws ConfigError, or
 * Error with a message for the operator.
 */
export async function prepare({
  version,
  environment,
  configFlag,
  simulates,
  isOwnClient = false,
}: StartOptions): Promise<Prepared> {
  const configFile = locateConfig(configFlag, environment)
  const simulated = configFile === undefined && simulates ? await startSimulated() : NOT_SIMULATED
  const origin = { file: configFile, environment, simulated: simulated.models }
  const finish = (loaded: LoadedConfig) => (isOwnClient ? onLoopback(loaded) : loaded)
  const loaded = finish(loadFrom(origin))
  if (loaded.config.server.unix) await removeStaleSocket(loaded.config.server.unix)
  return {
    version,
    configFile,
    loaded,
    load: async () => finish(await loadBeside(origin)),
    key: masterKeyOf(loaded.config.access.masterKey, environment),
    simulated: simulated.models.map(({ name }) => name),
    stopSimulated: simulated.stop,
  }
}

const onLoopback = (loaded: LoadedConfig): LoadedConfig => ({
  ...loaded,
  config: { ...loaded.config, server: { ...loaded.config.server, tls: undefined, unix: undefined } },
})
