// The process that starts the workers, replaces a dead one, and speaks for all of them. It answers no calls itself.
import type { Environment } from '../config/substitute.ts'
import { listenForMetrics } from '../runtime/listeners.ts'
import { createGatewayProcess, type GatewayProcess } from '../runtime/gateway-process.ts'
import { type ConfigReloader, createConfigReloader } from '../runtime/config-reloader.ts'
import type { Prepared } from '../runtime/prepare.ts'
import { factsOf, type RunningGateway } from '../runtime/runtime.ts'
import { createLineSink } from '../telemetry/line-sink.ts'
import { renderSnapshot } from '../telemetry/metrics/snapshot.ts'
import { findPort } from './free-port.ts'
import { createLoadRelay, type LoadRelay } from './load-relay.ts'
import { createMergedMetrics, type MergedMetrics } from './merged-metrics.ts'
import type { FromWorker, StartMessage, ToWorker } from './messages.ts'
import { PeerLoads } from './peer-loads.ts'
import { PeerHealth } from './peer-health.ts'
import { createActionRelay, type ActionRelay } from './action-relay.ts'
import type { WorkerProcess } from './worker-process.ts'
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
  const { telemetry, registry } = instance
  const lines = createLineSink(1)
  let { config } = prepared.loaded
  const current = createConfigReloader({
    prepared,
    log: telemetry.log,
    build: instance.build,
    apply(snapshot, next) {
      instance.apply(snapshot, next)
      config = next
      workers.broadcast({ type: 'configure', config, version: snapshot.version })
    },
    async settled(status) {
      workers.broadcast({ type: 'status', status })
      await workers.confirmed(status.version)
    },
  })
  const parts: Listeners = {
    current,
    peers: new PeerLoads(registry, new PeerHealth(0)),
    relay: createLoadRelay(() => workers.all()),
    orders: createActionRelay(instance, () => workers.all()),
    metrics: createMergedMetrics(() => workers.all('ready', 'leaving'), telemetry.snapshot),
  }
  const greet = (id: number): StartMessage => ({
    type: 'start',
    id,
    config,
    masterKey: prepared.key.masterKey.sha256,
    port,
    status: current.status(),
    first: welcome(id, parts),
  })
  const workers = new Workers({
    count,
    command,
    environment,
    log: telemetry.log,
    greet,
    onLines: (text) => lines.write(text),
    onMessage: (worker, message) => hear(worker, message, parts),
    onGone(worker) {
      parts.metrics.gone(worker)
      parts.relay.gone(worker)
      parts.peers.receive([], [worker.id], performance.now())
    },
  })
  instance.watchHealth((report) => workers.broadcast({ type: 'liveness', report }))
  telemetry.reportReloads(current.status)
  reportWorkers(telemetry.registry, workers)
  return { workers, current, metrics: parts.metrics, drained: lines.drained }
}

interface Listeners {
  readonly current: ConfigReloader
  readonly peers: PeerLoads
  readonly relay: LoadRelay
  readonly metrics: MergedMetrics
  readonly orders: ActionRelay
}

/** What a worker is to know that the others know. */
const welcome = (id: number, { orders, relay }: Listeners): ToWorker[] => [...orders.catchUp(), ...relay.catchUp(id)]

function hear(worker: WorkerProcess, message: FromWorker, parts: Listeners): void {
  const { current, peers, relay, metrics, orders } = parts
  switch (message.type) {
    case 'ready':
      worker.configVersion = message.version
      for (const news of welcome(worker.id, parts)) worker.send(news) // since it was told first
      return
    case 'order':
      return orders.pass(message.order)
    case 'configured':
      worker.configVersion = message.version
      return
    case 'reload':
      void current.reload('admin').then((answer) => worker.send({ type: 'reloaded', ask: message.ask, answer }))
      return
    case 'load':
      relay.report(worker, message.report)
      return peers.receive([[worker.id, message.report, 0]], [], performance.now())
    case 'metrics':
      return metrics.report(worker, message.scrape, message.families)
    default:
  }
}
