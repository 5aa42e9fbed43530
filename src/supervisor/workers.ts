import type { Log } from '../telemetry/log.ts'
import type { FromWorker, ToWorker } from './messages.ts'
import { restartDelayMs, SETTLED_MS } from './restart-delay.ts'
import { type SpawnOptions, WorkerProcess, type WorkerState } from './worker-process.ts'

export interface WorkersOptions extends Pick<SpawnOptions, 'command' | 'environment' | 'onLines'> {
  readonly count: number
  readonly log: Log
  /** What a new worker hears first. */
  readonly greet: (id: number) => ToWorker
  readonly onMessage: (worker: WorkerProcess, message: FromWorker) => void
  readonly onGone: (worker: WorkerProcess) => void
}

const LOOK_EVERY_MS = 1000
const SILENT_AFTER_LOOKS = 3

/** It stands still, and the kernel goes on giving it connections. */
const KILL_AFTER_LOOKS = 30

const CONFIRM_WITHIN_MS = 2000
const CONFIRM_LOOK_MS = 2

/** Beyond the time that calls may take to end. */
const KILL_AFTER_DRAIN_MS = 5000

/** The workers: as many as there should be, whatever becomes of them. */
export class Workers {
  restarts = 0
  readonly #options: WorkersOptions
  readonly #workers = new Map<number, WorkerProcess>()
  readonly #quickEnds = new Map<WorkerProcess, number>()
  readonly #started = Promise.withResolvers<void>()
  readonly #ended = Promise.withResolvers<void>()
  readonly #looking: ReturnType<typeof setInterval>
  #lastId = 0
  #hasStarted = false
  #isStopping = false

  constructor(options: WorkersOptions) {
    this.#options = options
    this.#looking = setInterval(() => this.#look(), LOOK_EVERY_MS)
    for (let at = 0; at < options.count; at++) this.#spawn(0)
  }

  /** Resolves when all of them answer. Throws Error with the message of the first that cannot. */
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
  confirm(id: number, version: number): void {
    const worker = this.#workers.get(id)
    if (worker) worker.configVersion = version
  }

  /** Resolves when all who answer calls run on this configuration; one that stands still is not waited for long. */
  async confirmed(version: number): Promise<void> {
    const deadlineMs = performance.now() + CONFIRM_WITHIN_MS
    const behind = () => this.all('ready').filter(({ configVersion }) => configVersion < version)
    while (behind().length > 0 && performance.now() < deadlineMs) await Bun.sleep(CONFIRM_LOOK_MS)
    const late = behind().map(({ id }) => id)
    if (late.length > 0)
      this.#options.log.warn({ workers: late }, 'Some workers have not confirmed the configuration yet.')
  }

  /** Lets all of them finish their calls; resolves when none is left. */
  async stop(quietMs: number, drainMs: number): Promise<void> {
    this.#isStopping = true
    this.broadcast({ type: 'stop', quietMs })
    const late = setTimeout(() => this.kill(), drainMs + KILL_AFTER_DRAIN_MS)
    if (this.#workers.size > 0) await this.#ended.promise
    clearTimeout(late)
    clearInterval(this.#looking)
  }

  kill(): void {
    this.#isStopping = true
    clearInterval(this.#looking)
    for (const worker of this.#workers.values()) worker.kill()
  }

  #spawn(quickEnds: number): void {
    if (this.#isStopping) return
    const worker = new WorkerProcess({
      ...this.#options,
      id: ++this.#lastId,
      onMessage: (from, message) => this.#receive(from, message),
      onExit: (from) => this.#exited(from),
    })
    this.#workers.set(worker.id, worker)
    this.#quickEnds.set(worker, quickEnds)
    worker.send(this.#options.greet(worker.id))
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

  #exited(worker: WorkerProcess): void {
    this.#workers.delete(worker.id)
    this.#options.onGone(worker)
    if (!this.#hasStarted)
      this.#started.reject(new Error(worker.failure ?? `A worker ended ${worker.ending} as it started.`))
    if (worker.state !== 'leaving') this.#replace(worker)
    this.#quickEnds.delete(worker)
    if (this.#workers.size === 0 && this.#isStopping) this.#ended.resolve()
  }

  #replace(worker: WorkerProcess): void {
    if (this.#isStopping || !this.#hasStarted) return
    const wasQuick = performance.now() - worker.startedMs < SETTLED_MS
    const quickEnds = wasQuick ? this.#quickEnds.get(worker)! + 1 : 0
    const delayMs = restartDelayMs(quickEnds)
    this.restarts++
    const how = worker.state === 'leaving' ? 'leaves' : `ended ${worker.ending}`
    const when = delayMs === 0 ? 'now' : `in ${delayMs / 1000} s, since it came to its end soon after its start`
    const facts = { worker: worker.id, pid: worker.pid, failure: worker.failure }
    this.#options.log.error(facts, `Worker ${worker.id} ${how}; another takes its place ${when}.`)
    if (delayMs === 0) this.#spawn(quickEnds)
    else setTimeout(() => this.#spawn(quickEnds), delayMs)
  }

  /** Counts looks, not time: if it is this process that stood still, nobody else was silent. */
  #look(): void {
    for (const worker of this.#workers.values()) {
      worker.silentLooks++
      if (worker.state === 'ready' && worker.silentLooks > SILENT_AFTER_LOOKS) worker.state = 'silent'
      if (worker.silentLooks <= KILL_AFTER_LOOKS) continue
      this.#options.log.error({ worker: worker.id, pid: worker.pid }, `Worker ${worker.id} stands still and is ended.`)
      worker.kill()
    }
  }
}
