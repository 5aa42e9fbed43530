// A worker: handles calls on a port that all workers share. Its supervisor controls it.
import type { ReloadStatus } from '../config/reload.ts'
import { type ApiListener, listenForCalls } from '../runtime/listeners.ts'
import { createGatewayProcess, type GatewayProcess } from '../runtime/gateway-process.ts'
import type { ReloadResponse } from '../runtime/config-reloader.ts'
import { packSnapshot } from '../telemetry/metrics/snapshot.ts'
import type { FromWorker, StartMessage, ToWorker } from './messages.ts'
import { RemoteResponses } from './remote-responses.ts'
import { WorkerBus } from './bus/worker-bus.ts'
import { joinConfigAsWorker } from './topics/config.ts'
import { joinTopics, type Topics } from './topics.ts'

const METRICS_EVERY_MS = 1000

/** How long a worker that has stopped waits for the message to exit. The supervisor may have exited. */
const EXIT_WITHIN_MS = 1000

/** Runs this process as a worker, until the supervisor stops it or exits. */
export function runWorker(version: string): void {
  let worker: Worker | undefined
  process.on('message', (message: ToWorker) => {
    if (message.type === 'start') worker = startWorker(version, message)
    else worker?.receive(message)
  })
  // A worker without a supervisor accepts no new calls, finishes those in flight, and exits.
  process.on('disconnect', () => (worker ? worker.orphaned() : process.exit(1)))
  process.on('SIGTERM', () => worker?.stop(0))
  // A terminal sends its signals to all processes. The supervisor handles them.
  process.on('SIGINT', () => {})
  process.on('SIGHUP', () => {})
}

function send(message: FromWorker): void {
  if (process.connected) process.send!(message)
}

function startWorker(version: string, start: StartMessage): Worker | undefined {
  try {
    const worker = new Worker(version, start)
    send({ type: 'ready', version: start.status.version })
    return worker
  } catch (thrown) {
    send({ type: 'failed', message: thrown instanceof Error ? thrown.message : String(thrown) })
    setTimeout(() => process.exit(1), EXIT_WITHIN_MS) // normally the supervisor kills the worker earlier
    return undefined
  }
}

class Worker {
  readonly #gatewayProcess: GatewayProcess
  readonly #listener: ApiListener
  readonly #bus: WorkerBus
  readonly #topics: Topics
  readonly #reloadStatus: () => ReloadStatus
  readonly #responses = new RemoteResponses((requestId, call) => send({ type: 'store', requestId, call }))
  readonly #pendingReloads = new Map<number, (answer: ReloadResponse) => void>()
  #lastRequestId = 0
  #isStopping = false

  constructor(version: string, { id, config, masterKey, port, status, catchUp, sentAtMs }: StartMessage) {
    this.#gatewayProcess = createGatewayProcess({
      version,
      config,
      masterKey: { sha256: masterKey },
      configVersion: status.version,
      responses: this.#responses,
    })
    const { gateway, telemetry } = this.#gatewayProcess
    this.#gatewayProcess.showHealth()
    this.#bus = new WorkerBus({ send, log: telemetry.log })
    const member = { id, bus: this.#bus, gatewayProcess: this.#gatewayProcess }
    this.#topics = joinTopics(member)
    const { actions, loads } = this.#topics
    this.#reloadStatus = joinConfigAsWorker(member, { status, onApplied: loads.endpointsChanged })
    const heldMs = Math.max(0, Date.now() - sentAtMs)
    for (const message of catchUp) this.#bus.receive(message, heldMs)
    this.#listener = listenForCalls({
      server: config.server,
      port,
      reusePort: true,
      gateway,
      edge: this.#gatewayProcess.edge,
      log: telemetry.log,
      operator: {
        version,
        snapshot: () => gateway.snapshot,
        reload: () => this.#requestReload(),
        reloadStatus: this.#reloadStatus,
        endpoints: this.#gatewayProcess.endpoints,
        applyAction: actions.submit,
      },
    })
    this.#gatewayProcess.onApplied((config) => this.#listener.update(config.server))
    setInterval(() => this.#reportMetrics(0), METRICS_EVERY_MS)
  }

  receive(message: ToWorker): void {
    switch (message.type) {
      case 'topic':
      case 'worker-gone':
        return this.#bus.receive(message)
      case 'reloaded':
        this.#pendingReloads.get(message.requestId)?.(message.answer)
        this.#pendingReloads.delete(message.requestId)
        return
      case 'stored':
        return this.#responses.answer(message.requestId, message.result)
      case 'scrape':
        return this.#reportMetrics(message.scrape)
      case 'stop':
        return this.stop(message.quietMs)
      case 'exit':
        process.exit(0)
    }
  }

  /** Accepts no new calls, finishes those in flight, sends the last metrics, exits. */
  stop(quietMs: number): void {
    if (this.#isStopping) return
    this.#isStopping = true
    send({ type: 'leaving' })
    void this.#finish(quietMs)
  }

  orphaned(): void {
    this.#responses.lose()
    for (const answer of this.#pendingReloads.values()) answer(supervisorExited(this.#reloadStatus().version))
    if (this.#isStopping) return
    this.#gatewayProcess.telemetry.log.error(
      {},
      'The supervisor has exited. This worker finishes its requests in flight, then exits.',
    )
    this.stop(0)
  }

  async #finish(quietMs: number): Promise<void> {
    await this.#listener.close({ drainMs: this.#gatewayProcess.gateway.snapshot.drainMs, quietMs })
    this.#topics.loads.stopPublishing()
    this.#reportMetrics(0)
    await this.#gatewayProcess.stop()
    if (!process.connected) process.exit(0)
    send({ type: 'stopped' })
    setTimeout(() => process.exit(0), EXIT_WITHIN_MS)
  }

  #reportMetrics(scrape: number): void {
    send({ type: 'metrics', scrape, packed: packSnapshot(this.#gatewayProcess.telemetry.snapshot()) })
  }

  #requestReload(): Promise<ReloadResponse> {
    if (!process.connected) return Promise.resolve(supervisorExited(this.#reloadStatus().version))
    const { promise, resolve } = Promise.withResolvers<ReloadResponse>()
    this.#pendingReloads.set(++this.#lastRequestId, resolve)
    send({ type: 'reload', requestId: this.#lastRequestId })
    return promise
  }
}

const supervisorExited = (version: number): ReloadResponse => ({
  ok: false,
  version,
  error: {
    at: Date.now(),
    message: 'The supervisor has exited. This worker exits when its requests have finished. Restart Sluice.',
    problems: [],
  },
})
