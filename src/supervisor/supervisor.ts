// The process that starts the workers, replaces a dead one, and speaks for all of them. It answers no calls itself.
import type { Environment } from '../config/substitute.ts'
import { listenForMetrics } from '../runtime/listeners.ts'
import { createGatewayProcess, type GatewayProcess } from '../runtime/gateway-process.ts'
import { type ConfigReloader, createConfigReloader } from '../runtime/config-reloader.ts'
import type { Prepared } from '../runtime/prepare.ts'
import { factsOf, type RunningGateway } from '../runtime/runtime.ts'
import { createLineSink } from '../telemetry/line-sink.ts'
import { renderSnapshot } from '../telemetry/metrics/snapshot.ts'
import { SupervisorBus } from './bus/supervisor-bus.ts'
import { SUPERVISOR } from './bus/topic.ts'
import { findPort } from './free-port.ts'
import { createMergedMetrics, type MergedMetrics } from './merged-metrics.ts'
import type { FromWorker, StartMessage } from './messages.ts'
import type { WorkerProcess } from './worker-process.ts'
import { joinConfigAsSupervisor } from './topics/config.ts'
import { joinTopics } from './topics.ts'
import { reportWorkers } from './worker-metrics.ts'
import { Workers } from './workers.ts'

export interface SupervisorOptions {
  readonly count: number
  /** Starts this program once more. */
  readonly command: readonly [string, ...string[]]
  readonly environment: Environment
}

/** Starts `count` workers; resolves when all of them answer. Throws Error with a message for people. */
export async function startSupervisor(prepared: Prepared, options: SupervisorOptions): Promise<RunningGateway> {
  const { version, loaded, key } = prepared
  const { host, port: wanted, metricsPort } = loaded.config.server
  const port = await findPort(host, wanted)
  // It has no listener, so no call reaches it; what it compiles is known to be good before a worker sees it.
  const instance = createGatewayProcess({ version, config: loaded.config, masterKey: key.masterKey, configVersion: 1 })
  const { gateway, telemetry } = instance
  const first = gateway.snapshot
  const parts = superviseWorkers(prepared, instance, port, options)
  const { workers, current, metrics } = parts

  let isStopping = false
  const operator = {
    version,
    snapshot: () => gateway.snapshot,
    isReady: () => !isStopping && workers.all('ready').length > 0,
    reload: () => current.reload('admin'),
    reloadStatus: current.status,
  }
  const render = async () => renderSnapshot(await metrics.scrape())
  try {
    const listener = listenForMetrics({ host, port: metricsPort, render, operator, log: telemetry.log })
    await workers.started
    return {
      ...factsOf(prepared, { api: port, metrics: listener.port! }),
      snapshot: first,
      workers: options.count,
      reload: current.reload,
      async stop(quietMs = 0) {
        isStopping = true
        current.unwatch()
        await workers.stop(quietMs, gateway.snapshot.drainMs)
        await listener.stop(true)
        prepared.stopSimulated()
        await parts.drained()
        await instance.stop()
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
  readonly current: ConfigReloader
  readonly metrics: MergedMetrics
  /** Resolves when the workers' log lines are out. */
  drained(): Promise<void>
}

/** Starts the workers and connects what they say to whom it concerns. */
function superviseWorkers(
  prepared: Prepared,
  instance: GatewayProcess,
  port: number,
  { count, command, environment }: SupervisorOptions,
): Supervised {
  const { telemetry } = instance
  const lines = createLineSink(1)
  let { config } = prepared.loaded
  const bus = new SupervisorBus({ workers: () => workers.all(), log: telemetry.log })
  joinTopics({ id: SUPERVISOR, bus, gatewayProcess: instance })
  const publishConfig = joinConfigAsSupervisor(bus, (worker, version) => workers.confirm(worker, version))
  const current = createConfigReloader({
    prepared,
    log: telemetry.log,
    build: instance.build,
    apply(snapshot, next) {
      instance.apply(snapshot, next)
      config = next
      publishConfig({ type: 'apply', config, version: snapshot.version })
    },
    async settled(status) {
      publishConfig({ type: 'status', status })
      await workers.confirmed(status.version)
    },
  })
  const metrics = createMergedMetrics(() => workers.all('ready', 'leaving'), telemetry.snapshot)
  const greet = (id: number): StartMessage => ({
    type: 'start',
    id,
    config,
    masterKey: prepared.key.masterKey.sha256,
    port,
    status: current.status(),
    catchUp: bus.catchUp(id),
  })
  const workers = new Workers({
    count,
    command,
    environment,
    log: telemetry.log,
    greet,
    onLines: (text) => lines.write(text),
    onMessage: (worker, message) => receive(worker, message, { bus, current, metrics }),
    onGone(worker) {
      metrics.gone(worker)
      bus.workerGone(worker.id)
    },
  })
  telemetry.reportReloads(current.status)
  reportWorkers(telemetry.registry, workers)
  return { workers, current, metrics, drained: lines.drained }
}

interface Receivers {
  readonly bus: SupervisorBus
  readonly current: ConfigReloader
  readonly metrics: MergedMetrics
}

function receive(worker: WorkerProcess, message: FromWorker, { bus, current, metrics }: Receivers): void {
  switch (message.type) {
    case 'ready':
      worker.configVersion = message.version
      for (const news of bus.catchUp(worker.id)) worker.send(news) // the state may have changed since the start message
      return
    case 'publish':
      return bus.receive(worker.id, message)
    case 'reload': {
      const { requestId } = message
      void current.reload('admin').then((answer) => worker.send({ type: 'reloaded', requestId, answer }))
      return
    }
    case 'metrics':
      return metrics.report(worker, message.scrape, message.families)
    default:
  }
}
