// Starts and stops a gateway that runs in one process.
import type { ReloadTrigger } from '../config/reload.ts'
import type { Snapshot } from '../pipeline/call/snapshot.ts'
import type { OwnedKey } from './configuration.ts'
import { listenForCalls, listenForMetrics, urlOf } from './listeners.ts'
import { watchCertificate } from './certificate-watch.ts'
import { createGatewayProcess } from './gateway-process.ts'
import { createConfigReloader, type ReloadResponse } from './config-reloader.ts'
import { prepare, type Prepared, type StartOptions } from './prepare.ts'

/** A running gateway, of one process or several. */
export interface RunningGateway {
  readonly version: string
  /** For clients on this machine; `unix:PATH` for a Unix socket. */
  readonly url: string
  readonly metricsUrl: string
  readonly configFile: string | undefined
  readonly key: OwnedKey
  readonly simulated: readonly string[]
  readonly snapshot: Snapshot
  /** How many processes handle calls. */
  readonly workers: number
  reload(trigger: ReloadTrigger): Promise<ReloadResponse>
  /**
   * Reports not ready and closes each connection after its next response for `quietMs`. Then closes the port, and waits
   * for the calls in flight for the rest of the drain time.
   */
  stop(quietMs?: number): Promise<void>
  /** Kills the worker processes, if there are any. */
  abandon(): void
}

/** Starts a gateway in this process. Throws ConfigError, or Error with a message for the operator. */
export const startInProcess = async (options: StartOptions): Promise<RunningGateway> =>
  runInProcess(await prepare(options))

/** Runs a prepared gateway in this process. Throws Error with a message for the operator. */
export function runInProcess(prepared: Prepared): RunningGateway {
  const { version, loaded, key } = prepared
  const { server } = loaded.config
  const { masterKey } = key
  const gatewayProcess = createGatewayProcess({ version, config: loaded.config, masterKey, configVersion: 1 })
  const { gateway, edge, telemetry } = gatewayProcess
  const first = gateway.snapshot
  const reloader = createConfigReloader({ prepared, ...gatewayProcess, log: telemetry.log })
  telemetry.reportReloads(reloader.status)

  const operator = {
    version,
    snapshot: () => gateway.snapshot,
    reload: () => reloader.reload('admin'),
    reloadStatus: reloader.status,
    endpoints: gatewayProcess.endpoints,
    applyAction: gatewayProcess.applyAction,
  }
  gatewayProcess.showHealth()
  gatewayProcess.watchHealth()
  const api = listenForCalls({ server, gateway, edge, operator, log: telemetry.log })
  gatewayProcess.onApplied((config) => api.update(config.server))
  watchCertificate(telemetry, loaded.config, gatewayProcess.onApplied)
  const isReady = () => !api.isDraining()
  const metrics = listenForMetrics({
    server,
    render: telemetry.render,
    operator: { ...operator, isReady },
    log: telemetry.log,
  })
  return {
    ...factsOf(prepared, { api: api.port, metrics: metrics.port! }),
    snapshot: first,
    workers: 1,
    reload: reloader.reload,
    async stop(quietMs = 0) {
      reloader.unwatch()
      await api.close({ drainMs: gateway.snapshot.drainMs, quietMs })
      await metrics.stop(true)
      prepared.stopSimulated()
      await gatewayProcess.stop()
    },
    abandon() {},
  }
}

/** The facts of a gateway whose ports are open. */
export function factsOf(prepared: Prepared, ports: { readonly api: number | undefined; readonly metrics: number }) {
  const { version, configFile, key, simulated, loaded } = prepared
  const { server } = loaded.config
  return {
    version,
    url: ports.api === undefined ? `unix:${server.unix!.path}` : urlOf(server, ports.api),
    metricsUrl: `${urlOf({ host: server.host, tls: undefined }, ports.metrics)}/metrics`,
    configFile,
    key,
    simulated,
  }
}
