// A worker: answers calls on a port that it shares with the others, and does what its supervisor says.
import type { ReloadStatus } from '../config/reload.ts'
import { type ApiListener, listenForCalls } from '../runtime/listeners.ts'
import { createGatewayProcess, type GatewayProcess } from '../runtime/gateway-process.ts'
import type { ReloadAnswer } from '../runtime/config-reloader.ts'
import type { FromWorker, StartMessage, ToWorker } from './messages.ts'
import { WorkerBus } from './bus/worker-bus.ts'
import { joinConfigAsWorker } from './topics/config.ts'
import { joinTopics, type Topics } from './topics.ts'

const METRICS_EVERY_MS = 1000

/** How long a worker waits for leave to go; whoever gives it may have died. */
const LEAVE_WITHIN_MS = 1000

/** Runs this process as a worker until its supervisor says so, or is gone. */
export function runWorker(version: string): void {
  let worker: Worker | undefined
  process.on('message', (message: ToWorker) => {
    if (message.type === 'start') worker = startWorker(version, message)
    else worker?.receive(message)
  })
  // Whoever is left without a supervisor takes nothing new, finishes what it has, and ends.
  process.on('disconnect', () => (worker ? worker.orphaned() : process.exit(1)))
  process.on('SIGTERM', () => worker?.stop(0))
  // A terminal signals to all processes; the supervisor knows what is meant.
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
    setTimeout(() => process.exit(1), LEAVE_WITHIN_MS) // the supervisor is faster, when it has read that
    return undefined
  }
}

class Worker {
  readonly #instance: GatewayProcess
  readonly #api: ApiListener
  readonly #bus: WorkerBus
  readonly #topics: Topics
  readonly #reloadStatus: () => ReloadStatus
  readonly #asked = new Map<number, (answer: ReloadAnswer) => void>()
  #asks = 0
  #isStopping = false

  constructor(version: string, { id, config, masterKey, port, status, catchUp }: StartMessage) {
    this.#instance = createGatewayProcess({
      version,
      config,
      masterKey: { sha256: masterKey },
      configVersion: status.version,
    })
    const { gateway, telemetry } = this.#instance
    this.#instance.showHealth()
    this.#bus = new WorkerBus({ send, log: telemetry.log })
    const member = { id, bus: this.#bus, gatewayProcess: this.#instance }
    this.#topics = joinTopics(member)
    const { actions, loads } = this.#topics
    this.#reloadStatus = joinConfigAsWorker(member, { status, onApplied: loads.endpointsChanged })
    for (const message of catchUp) this.#bus.receive(message)
    this.#api = listenForCalls({
      host: config.server.host,
      port,
      reusePort: true,
      gateway,
      log: telemetry.log,
      operator: {
        version,
        snapshot: () => gateway.snapshot,
        reload: () => this.#askForReload(),
        reloadStatus: this.#reloadStatus,
        endpoints: this.#instance.endpoints,
        order: actions.submit,
      },
    })
    setInterval(() => this.#reportMetrics(0), METRICS_EVERY_MS)
  }

  receive(message: ToWorker): void {
    switch (message.type) {
      case 'topic':
      case 'worker-gone':
        return this.#bus.receive(message)
      case 'reloaded':
        this.#asked.get(message.requestId)?.(message.answer)
        this.#asked.delete(message.requestId)
        return
      case 'scrape':
        return this.#reportMetrics(message.scrape)
      case 'stop':
        return this.stop(message.quietMs)
      case 'exit':
        process.exit(0)
    }
  }

  /** Takes no new calls, finishes those under way, says the last figures, ends. */
  stop(quietMs: number): void {
    if (this.#isStopping) return
    this.#isStopping = true
    send({ type: 'leaving' })
    void this.#finish(quietMs)
  }

  orphaned(): void {
    for (const answer of this.#asked.values()) answer(noSupervisor(this.#reloadStatus().version))
    if (this.#isStopping) return
    this.#instance.telemetry.log.error({}, 'The supervisor is gone: this worker finishes its calls and ends.')
    this.stop(0)
  }

  async #finish(quietMs: number): Promise<void> {
    await this.#api.close({ drainMs: this.#instance.gateway.snapshot.drainMs, quietMs })
    this.#topics.loads.stopPublishing()
    this.#reportMetrics(0)
    await this.#instance.stop()
    if (!process.connected) process.exit(0)
    send({ type: 'stopped' })
    setTimeout(() => process.exit(0), LEAVE_WITHIN_MS)
  }

  #reportMetrics(scrape: number): void {
    send({ type: 'metrics', scrape, families: this.#instance.telemetry.snapshot() })
  }

  #askForReload(): Promise<ReloadAnswer> {
    if (!process.connected) return Promise.resolve(noSupervisor(this.#reloadStatus().version))
    const { promise, resolve } = Promise.withResolvers<ReloadAnswer>()
    this.#asked.set(++this.#asks, resolve)
    send({ type: 'reload', requestId: this.#asks })
    return promise
  }
}

const noSupervisor = (version: number): ReloadAnswer => ({
  ok: false,
  version,
  error: { at: Date.now(), message: 'The supervisor is gone; this worker is about to end.', problems: [] },
})
