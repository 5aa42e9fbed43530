// The process that starts the workers, replaces those that exit, and reports for all. It handles no calls itself.
import type { Environment } from '../config/substitute.ts'
import { listenForMetrics } from '../runtime/listeners.ts'
import { watchCertificate } from '../runtime/certificate-watch.ts'
import { createGatewayProcess, type GatewayProcess } from '../runtime/gateway-process.ts'
import { type ConfigReloader, createConfigReloader } from '../runtime/config-reloader.ts'
import type { Prepared } from '../runtime/prepare.ts'
import { factsOf, type RunningGateway } from '../runtime/runtime.ts'
import { createLineSink, type LineSink } from '../telemetry/line-sink.ts'
import { renderSnapshot } from '../telemetry/metrics/snapshot.ts'
import { SupervisorBus } from './bus/supervisor-bus.ts'
import { SUPERVISOR } from './bus/topic.ts'
import { answerCall } from './remote-responses.ts'
import type { ResponseStore } from '../state/response-store.ts'
import { findPort } from '../http/check-port.ts'
import { createMergedMetrics, type MergedMetrics } from './merged-metrics.ts'
import type { FromWorker, StartMessage } from './messages.ts'
import type { Pin } from './pinning.ts'
import type { WorkerProcess } from './worker-process.ts'
import { joinConfigAsSupervisor } from './topics/config.ts'
import { joinTopics } from './topics.ts'
import { reportWorkers } from './worker-metrics.ts'
import { Workers } from './workers.ts'

export interface SupervisorOptions {
  readonly count: number
  /** Starts this program again, as another process. */
  readonly command: readonly [string, ...string[]]
  readonly environment: Environment
  /** Undefined: workers run on any core. */
  readonly pin?: Pin | undefined
}

/** Starts `count` workers. Resolves when all of them listen. Throws Error with a message for the operator. */
export async function startSupervisor(prepared: Prepared, options: SupervisorOptions): Promise<RunningGateway> {
  const { version, loaded, key } = prepared
  const { server } = loaded.config
  const port = await findPort(server.host, server.port)
  // It has no listener, so it receives no calls. It compiles each configuration before a worker receives it.
  const { masterKey } = key
  const lines = createLineSink(1)
  const gatewayProcess = createGatewayProcess({
    version,
    config: loaded.config,
    masterKey,
    configVersion: 1,
    sinks: [lines],
  })
  const { gateway, telemetry } = gatewayProcess
  const first = gateway.snapshot
  const { workers, reloader, metrics, drained } = superviseWorkers(prepared, gatewayProcess, lines, port, options)

  let isStopping = false
  const operator = {
    version,
    snapshot: () => gateway.snapshot,
    isReady: () => !isStopping && workers.all('ready').length > 0,
    reload: () => reloader.reload('admin'),
    reloadStatus: reloader.status,
  }
  const render = async () => renderSnapshot(await metrics.scrape())
  try {
    const listener = listenForMetrics({ server, render, operator, log: telemetry.log })
    await workers.started
    return {
      ...factsOf(prepared, { api: port, metrics: listener.port! }),
      snapshot: first,
      workers: options.count,
      reload: reloader.reload,
      async stop(quietMs = 0) {
        isStopping = true
        reloader.unwatch()
        await workers.stop(quietMs, gateway.snapshot.drainMs)
        await listener.stop(true)
        prepared.stopSimulated()
        await drained()
        await gatewayProcess.stop()
      },
      abandon: () => workers.kill(),
    }
  } catch (thrown) {
    workers.kill()
    throw thrown
  }
}

interface Supervised {
  readonly workers: Workers
  readonly reloader: ConfigReloader
  readonly metrics: MergedMetrics
  /** Resolves when the workers' log lines are written. */
  drained(): Promise<void>
}

/** Starts the workers and connects them to the bus, the reloader and the metrics. */
function superviseWorkers(
  prepared: Prepared,
  gatewayProcess: GatewayProcess,
  lines: LineSink,
  port: number,
  { count, command, environment, pin }: SupervisorOptions,
): Supervised {
  const { telemetry, responses } = gatewayProcess
  let { config } = prepared.loaded
  const bus = new SupervisorBus({ workers: () => workers.all(), log: telemetry.log })
  joinTopics({ id: SUPERVISOR, bus, gatewayProcess })
  const publishConfig = joinConfigAsSupervisor(bus, (worker, version) => workers.setConfigVersion(worker, version))
  const reloader = createConfigReloader({
    prepared,
    log: telemetry.log,
    build: gatewayProcess.build,
    apply(snapshot, next) {
      gatewayProcess.apply(snapshot, next)
      config = next
      publishConfig({ type: 'apply', config, version: snapshot.version })
    },
    async onSettled(status) {
      publishConfig({ type: 'status', status })
      await workers.untilConfirmed(status.version)
    },
  })
  const metrics = createMergedMetrics(() => workers.all('ready', 'leaving'), telemetry.snapshot)
  const startMessage = (id: number): StartMessage => ({
    type: 'start',
    id,
    config,
    masterKey: prepared.key.masterKey.sha256,
    port,
    status: reloader.status(),
    catchUp: bus.catchUp(id),
    sentAtMs: Date.now(),
  })
  const workers = new Workers({
    count,
    command,
    environment,
    pin,
    log: telemetry.log,
    startMessage,
    onLines: (text) => lines.write(text),
    onMessage: (worker, message) => receive(worker, message, { bus, reloader, metrics, responses }),
    onExited(worker) {
      metrics.workerGone(worker)
      bus.workerGone(worker.id)
    },
  })
  telemetry.reportReloads(reloader.status)
  watchCertificate(telemetry, prepared.loaded.config, gatewayProcess.onApplied)
  reportWorkers(telemetry.registry, workers)
  return { workers, reloader, metrics, drained: lines.drained }
}

interface Receivers {
  readonly bus: SupervisorBus
  readonly reloader: ConfigReloader
  readonly metrics: MergedMetrics
  readonly responses: ResponseStore
}

function receive(worker: WorkerProcess, message: FromWorker, { bus, reloader, metrics, responses }: Receivers): void {
  switch (message.type) {
    case 'ready':
      worker.configVersion = message.version
      // The state may have changed since the start message.
      for (const missed of bus.catchUp(worker.id)) worker.send(missed)
      return
    case 'publish':
      return bus.receive(worker.id, message)
    case 'reload': {
      const { requestId } = message
      void reloader.reload('admin').then((answer) => worker.send({ type: 'reloaded', requestId, answer }))
      return
    }
    case 'store': {
      const { requestId } = message
      void answerCall(responses, message.call).then((result) => worker.send({ type: 'stored', requestId, result }))
      return
    }
    case 'metrics':
      return metrics.report(worker, message.scrape, message.packed)
    default:
  }
}
