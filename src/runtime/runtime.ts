// Everything that runs in one process, started and stopped as one.
import type { ReloadTrigger } from '../config/reload.ts'
import type { Snapshot } from '../pipeline/call/snapshot.ts'
import type { OwnedKey } from './configuration.ts'
import { listenForCalls, listenForMetrics, urlOf } from './listeners.ts'
import { createGatewayProcess } from './gateway-process.ts'
import { createConfigReloader, type ReloadAnswer } from './config-reloader.ts'
import { prepare, type Prepared, type StartOptions } from './prepare.ts'

/** A gateway that runs. */
export interface RunningGateway {
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
export const startInProcess = async (options: StartOptions): Promise<RunningGateway> =>
  runInProcess(await prepare(options))

/** Runs what was prepared in this process. Throws Error with a message for people. */
export function runInProcess(prepared: Prepared): RunningGateway {
  const { version, loaded, key } = prepared
  const { server } = loaded.config
  const instance = createGatewayProcess({ version, config: loaded.config, masterKey: key.masterKey, configVersion: 1 })
  const { gateway, telemetry } = instance
  const first = gateway.snapshot
  const current = createConfigReloader({ prepared, ...instance, log: telemetry.log })
  telemetry.reportReloads(current.status)

  const operator = {
    version,
    snapshot: () => gateway.snapshot,
    reload: () => current.reload('admin'),
    reloadStatus: current.status,
    endpoints: instance.endpoints,
    order: instance.applyAction,
  }
  instance.showHealth()
  instance.watchHealth()
  const { host } = server
  const api = listenForCalls({ host, port: server.port, gateway, operator, log: telemetry.log })
  const isReady = () => !api.isDraining()
  const metrics = listenForMetrics({
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
