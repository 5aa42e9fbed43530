// Everything that runs in one process, started and stopped as one.
import type { ReloadTrigger } from '../config/reload.ts'
import type { Snapshot } from '../pipeline/snapshot.ts'
import type { OwnedKey } from './configuration.ts'
import { openApi, openMetrics, urlOf } from './doors.ts'
import { createInstance } from './instance.ts'
import { keepCurrent, type ReloadAnswer } from './keep-current.ts'
import { prepare, type Prepared, type ServiceOptions } from './prepare.ts'

/** A gateway that runs. */
export interface Service {
  readonly version: string
  readonly url: string
  readonly metricsUrl: string
  readonly configFile: string | undefined
  readonly key: OwnedKey
  readonly simulated: readonly string[]
  readonly snapshot: Snapshot
  /** How many processes answer calls. */
  readonly workers: number
  reload(trigger: ReloadTrigger): Promise<ReloadAnswer>
  /**
   * Not ready, for `quietMs` the last answers on connections that are open, then no new ones; waits for the calls under way
   * as long as `server.drainTimeout` says.
   */
  stop(quietMs?: number): Promise<void>
  /** Ends what is not this process, at once. */
  abandon(): void
}

/** Starts a gateway in this process. Throws ConfigError, or Error with a message for people. */
export const startService = async (options: ServiceOptions): Promise<Service> => runService(await prepare(options))

/** Runs what was prepared in this process. Throws Error with a message for people. */
export function runService(prepared: Prepared): Service {
  const { version, loaded, key } = prepared
  const { server } = loaded.config
  const instance = createInstance({ version, config: loaded.config, masterKey: key.masterKey, configVersion: 1 })
  const { gateway, telemetry } = instance
  const first = gateway.snapshot
  const current = keepCurrent({ prepared, ...instance, log: telemetry.log })
  telemetry.reportReloads(current.status)

  const operator = {
    version,
    snapshot: () => gateway.snapshot,
    reload: () => current.reload('admin'),
    reloadStatus: current.status,
    endpoints: instance.endpoints,
    order: instance.order,
  }
  instance.showHealth()
  instance.watchHealth()
  const { host } = server
  const api = openApi({ host, port: server.port, gateway, operator, log: telemetry.log })
  const isReady = () => !api.isDraining()
  const metrics = openMetrics({
    host,
    port: server.metricsPort,
    render: telemetry.render,
    operator: { ...operator, isReady },
    log: telemetry.log,
  })
  return {
    ...factsOf(prepared, { api: api.port, metrics: metrics.port! }),
    snapshot: first,
    workers: 1,
    reload: current.reload,
    async stop(quietMs = 0) {
      current.unwatch()
      await api.close({ drainMs: gateway.snapshot.drainMs, quietMs })
      await metrics.stop(true)
      prepared.stopSimulated()
      await instance.stop()
    },
    abandon() {},
  }
}

/** What is known of a gateway once its ports are open. */
export function factsOf(prepared: Prepared, ports: { readonly api: number; readonly metrics: number }) {
  const { version, configFile, key, simulated, loaded } = prepared
  const { host } = loaded.config.server
  return {
    version,
    url: urlOf(host, ports.api),
    metricsUrl: `${urlOf(host, ports.metrics)}/metrics`,
    configFile,
    key,
    simulated,
  }
}
