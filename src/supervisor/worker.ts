// A worker: answers calls on a port that it shares with the others, and does what its supervisor says.
import type { ReloadStatus } from '../config/reload.ts'
import { type ApiListener, listenForCalls } from '../runtime/listeners.ts'
import { createGatewayProcess, type GatewayProcess } from '../runtime/gateway-process.ts'
import type { ReloadAnswer } from '../runtime/config-reloader.ts'
import type { FromWorker, StartMessage, ToWorker } from './messages.ts'
import { PeerLoads, publishLoads } from './peer-loads.ts'
import { PeerHealth } from './peer-health.ts'

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
  readonly #peers: PeerLoads
  readonly #stopPublishing: () => void
  readonly #asked = new Map<number, (answer: ReloadAnswer) => void>()
  #asks = 0
  #status: ReloadStatus
  #isStopping = false

  constructor(version: string, { id, config, masterKey, port, status, first }: StartMessage) {
    this.#status = status
    this.#instance = createGatewayProcess({
      version,
      config,
      masterKey: { sha256: masterKey },
      configVersion: status.version,
    })
    const { gateway, registry, telemetry } = this.#instance
    this.#instance.showHealth()
    const marks = new PeerHealth(id)
    this.#peers = new PeerLoads(registry, marks)
    for (const message of first) this.receive(message)
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
        reloadStatus: () => this.#status,
        endpoints: this.#instance.endpoints,
        order: (order) => {
          send({ type: 'order', order })
          return this.#instance.applyAction(order)
        },
      },
    })
    this.#stopPublishing = publishLoads(registry, marks, this.#peers, (report) => send({ type: 'load', report }))
    setInterval(() => this.#reportMetrics(0), METRICS_EVERY_MS)
  }

  receive(message: ToWorker): void {
    switch (message.type) {
      case 'configure':
        this.#instance.apply(this.#instance.build(message.config, message.version), message.config)
        this.#peers.apply()
        return send({ type: 'configured', version: message.version })
      case 'status':
        this.#status = message.status
        return
      case 'reloaded':
        this.#asked.get(message.ask)?.(message.answer)
        this.#asked.delete(message.ask)
        return
      case 'peers':
        return this.#peers.receive(message.reports, message.gone, performance.now())
      case 'scrape':
        return this.#reportMetrics(message.scrape)
      case 'liveness':
        return this.#instance.applyLiveness(message.report)
      case 'order':
        this.#instance.applyAction(message.order)
        return
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
    for (const answer of this.#asked.values()) answer(noSupervisor(this.#status.version))
    if (this.#isStopping) return
    this.#instance.telemetry.log.error({}, 'The supervisor is gone: this worker finishes its calls and ends.')
    this.stop(0)
  }

  async #finish(quietMs: number): Promise<void> {
    await this.#api.close({ drainMs: this.#instance.gateway.snapshot.drainMs, quietMs })
    this.#stopPublishing()
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
    if (!process.connected) return Promise.resolve(noSupervisor(this.#status.version))
    const { promise, resolve } = Promise.withResolvers<ReloadAnswer>()
    this.#asked.set(++this.#asks, resolve)
    send({ type: 'reload', ask: this.#asks })
    return promise
  }
}

const noSupervisor = (version: number): ReloadAnswer => ({
  ok: false,
  version,
  error: { at: Date.now(), message: 'The supervisor is gone; this worker is about to end.', problems: [] },
})
