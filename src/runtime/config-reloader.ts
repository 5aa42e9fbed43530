import { isDeepStrictEqual } from 'node:util'
import type { Config } from '../config/load.ts'
import type { LoadedConfig } from '../config/load-file.ts'
import {
  createReloader,
  type Reloader,
  type ReloadResult,
  type ReloadStatus,
  type ReloadTrigger,
} from '../config/reload.ts'
import { watchFiles } from '../config/watch.ts'
import type { ServerConfig } from '../http/config.ts'
import type { Snapshot } from '../pipeline/call/snapshot.ts'
import type { Log } from '../telemetry/log.ts'
import type { Prepared } from './prepare.ts'

export interface ConfigReloaderParts {
  readonly prepared: Prepared
  /** Compiles the next snapshot. Throws if the configuration cannot be compiled. */
  build(config: Config, version: number): Promise<Snapshot>
  apply(snapshot: Snapshot, config: Config): void
  /** Called after each reload, successful or not. `reload` resolves after it. Must not reject. */
  onSettled?(status: ReloadStatus): Promise<void>
  readonly log: Log
}

/** The result, and the changed settings that are read at the start only. */
export type ReloadResponse = ReloadResult & { readonly needsRestart?: readonly string[] }

export interface ConfigReloader {
  /** Never rejects. */
  reload(trigger: ReloadTrigger): Promise<ReloadResponse>
  status(): ReloadStatus
  unwatch(): void
}

/** Builds the next snapshot before it replaces the running one. Reloads when a watched file changes. */
export function createConfigReloader({
  prepared,
  build,
  apply,
  onSettled: settled,
  log,
}: ConfigReloaderParts): ConfigReloader {
  const { loaded: first, configFile } = prepared
  let { files } = first
  let needsRestart: readonly string[] = []
  const reloader: Reloader = createReloader<{ readonly loaded: LoadedConfig; readonly snapshot: Snapshot }>({
    async load() {
      const loaded = await prepared.load()
      return { loaded, snapshot: await build(loaded.config, reloader.status().version + 1) }
    },
    apply({ loaded, snapshot }) {
      files = loaded.files
      apply(snapshot, loaded.config)
      needsRestart = fixedSettings(first.config.server, loaded.config.server)
      if (needsRestart.length > 0)
        log.warn({ needsRestart }, 'Some changed settings are read at the start only. Restart Sluice to use them.')
    },
    log,
  })
  async function reload(trigger: ReloadTrigger): Promise<ReloadResponse> {
    const result = await reloader.reload(trigger)
    await settled?.(reloader.status())
    return result.ok && needsRestart.length > 0 ? { ...result, needsRestart } : result
  }
  const onChange = () => void reload('file')
  const unwatch = configFile === undefined ? () => {} : watchFiles({ files: () => files, onChange })
  return { reload, status: reloader.status, unwatch }
}

/** Settings that are read at the start only, by the names that they have in the file. */
const FIXED = {
  host: 'host',
  port: 'port',
  metricsPort: 'metricsPort',
  workers: 'workers',
  workerAffinity: 'workerAffinity',
  idleMs: 'idleTimeout',
  http2: 'http2',
} as const satisfies Partial<Record<keyof ServerConfig, string>>

/** The changed settings that a running process cannot apply. */
const fixedSettings = (before: ServerConfig, after: ServerConfig): string[] => [
  ...(Object.keys(FIXED) as (keyof typeof FIXED)[])
    .filter((key) => before[key] !== after[key])
    .map((key) => `server.${FIXED[key]}`),
  ...(isDeepStrictEqual(before.unix, after.unix) ? [] : ['server.unix']),
  ...((before.tls === undefined) === (after.tls === undefined) ? [] : ['server.tls']), // its certificate can change
]
