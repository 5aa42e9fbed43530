import type { Log } from '../telemetry/log.ts'
import type { FromWorker, ToWorker } from './messages.ts'
import type { Pin } from './pinning.ts'
import { restartDelayMs, SETTLED_MS } from './restart-delay.ts'
import { type SpawnOptions, WorkerProcess, type WorkerState } from './worker-process.ts'

export interface WorkersOptions extends Pick<SpawnOptions, 'command' | 'environment' | 'onLines'> {
  readonly count: number
  readonly log: Log
  /** Undefined: workers run on any core. */
  readonly pin?: Pin | undefined
  /** The first message to a new worker. */
  readonly startMessage: (id: number) => ToWorker
  readonly onMessage: (worker: WorkerProcess, message: FromWorker) => void
  readonly onExited: (worker: WorkerProcess) => void
  /** How often silent workers are looked for. Undefined: once a second. */
  readonly checkEveryMs?: number
}

const CHECK_EVERY_MS = 1000

/** If all workers hang, the next one is killed when the replacement of the last is ready, or after this many checks. */
const CHECKS_BETWEEN_KILLS = 30

const CONFIRM_WITHIN_MS = 2000
const CONFIRM_POLL_MS = 2

/** In addition to the drain time. */
const KILL_AFTER_DRAIN_MS = 5000

/** Keeps the configured number of workers running. */
export class Workers {
  restarts = 0
  readonly #options: WorkersOptions
  readonly #workers = new Map<number, WorkerProcess>()
  readonly #quickExits = new Map<WorkerProcess, number>()
  readonly #started = Promise.withResolvers<void>()
  readonly #ended = Promise.withResolvers<void>()
  readonly #silenceTimer: ReturnType<typeof setInterval>
  #lastId = 0
  #checksSinceKill = 0
  #hasStarted = false
  #isStopping = false

  constructor(options: WorkersOptions) {
    this.#options = options
    this.#silenceTimer = setInterval(() => this.#checkSilence(), options.checkEveryMs ?? CHECK_EVERY_MS)
    for (let at = 0; at < options.count; at++) this.#spawn(at, 0)
  }

  /** Resolves when all workers listen. Rejects with the error of the first worker that cannot start. */
  get started(): Promise<void> {
    return this.#started.promise
  }

  all(...states: readonly WorkerState[]): WorkerProcess[] {
    const all = [...this.#workers.values()]
    return states.length === 0 ? all : all.filter(({ state }) => states.includes(state))
  }

  broadcast(message: ToWorker): void {
    for (const worker of this.#workers.values()) worker.send(message)
  }

  /** A worker runs on this version of the configuration. */
  setConfigVersion(id: number, version: number): void {
    const worker = this.#workers.get(id)
    if (worker) worker.configVersion = version
  }

  /** Resolves when all ready workers have confirmed this version, or after 2 s. */
  async untilConfirmed(version: number): Promise<void> {
    const deadlineMs = performance.now() + CONFIRM_WITHIN_MS
    const behind = () => this.all('ready').filter(({ configVersion }) => configVersion < version)
    while (behind().length > 0 && performance.now() < deadlineMs) await Bun.sleep(CONFIRM_POLL_MS)
    const late = behind().map(({ id }) => id)
    if (late.length > 0)
      this.#options.log.warn({ workers: late }, 'Some workers have not confirmed the new configuration yet.')
  }

  /** Lets all workers finish their calls. Resolves when the last one has exited. */
  async stop(quietMs: number, drainMs: number): Promise<void> {
    this.#isStopping = true
    this.broadcast({ type: 'stop', quietMs })
    const killTimer = setTimeout(() => this.kill(), drainMs + KILL_AFTER_DRAIN_MS)
    if (this.#workers.size > 0) await this.#ended.promise
    clearTimeout(killTimer)
    clearInterval(this.#silenceTimer)
  }

  kill(): void {
    this.#isStopping = true
    clearInterval(this.#silenceTimer)
    for (const worker of this.#workers.values()) worker.kill()
  }

  #spawn(place: number, quickExits: number): void {
    if (this.#isStopping) return
    const { command, pin, log } = this.#options
    const worker = new WorkerProcess({
      ...this.#options,
      command: pin ? pin(place, command, log) : command,
      id: ++this.#lastId,
      place,
      onMessage: (from, message) => this.#receive(from, message),
      onExit: (from) => this.#onExit(from),
    })
    this.#workers.set(worker.id, worker)
    this.#quickExits.set(worker, quickExits)
    worker.send(this.#options.startMessage(worker.id))
  }

  #receive(worker: WorkerProcess, message: FromWorker): void {
    if (message.type === 'ready') worker.state = 'ready'
    if (message.type === 'failed') {
      worker.failure = message.message
      worker.kill()
    }
    if (message.type === 'stopped') worker.send({ type: 'exit' })
    if (message.type === 'leaving') {
      worker.state = 'leaving'
      this.#replace(worker)
    }
    this.#options.onMessage(worker, message)
    if (message.type !== 'ready' || this.#hasStarted || this.all('ready').length < this.#options.count) return
    this.#hasStarted = true
    this.#started.resolve()
  }

  #onExit(worker: WorkerProcess): void {
    this.#workers.delete(worker.id)
    this.#options.onExited(worker)
    if (!this.#hasStarted)
      this.#started.reject(new Error(worker.failure ?? `A worker exited during its start (${worker.exitStatus}).`))
    if (worker.state !== 'leaving') this.#replace(worker)
    this.#quickExits.delete(worker)
    if (this.#workers.size === 0 && this.#isStopping) this.#ended.resolve()
  }

  #replace(worker: WorkerProcess): void {
    if (this.#isStopping || !this.#hasStarted) return
    const isQuick = performance.now() - worker.startedMs < SETTLED_MS
    const quickExits = isQuick ? this.#quickExits.get(worker)! + 1 : 0
    const delayMs = restartDelayMs(quickExits)
    this.restarts++
    const event = worker.state === 'leaving' ? 'is draining' : `exited (${worker.exitStatus})`
    const when = delayMs === 0 ? 'now' : `in ${delayMs / 1000} s, because it exited soon after its start`
    const facts = { worker: worker.id, pid: worker.pid, failure: worker.failure }
    this.#options.log.error(facts, `Worker ${worker.id} ${event}. A new worker starts ${when}.`)
    if (delayMs === 0) this.#spawn(worker.place, quickExits)
    else setTimeout(() => this.#spawn(worker.place, quickExits), delayMs)
  }

  /** Kills workers that hang, one at a time, so that others continue to serve meanwhile. */
  #checkSilence(): void {
    this.#checksSinceKill++
    const hanging = [...this.#workers.values()].filter((worker) => worker.checkSilence() === 'hangs')
    const isReplacing =
      this.#workers.size < this.#options.count || this.all('starting').some((each) => !hanging.includes(each))
    const [worker] = hanging
    if (!worker || (isReplacing && this.#checksSinceKill <= CHECKS_BETWEEN_KILLS)) return
    this.#checksSinceKill = 0
    worker.failure = worker.state === 'starting' ? 'The worker did not become ready.' : 'The worker did not respond.'
    this.#options.log.error(
      { worker: worker.id, pid: worker.pid },
      `Worker ${worker.id} does not respond. It is killed.`,
    )
    worker.kill()
  }
}
