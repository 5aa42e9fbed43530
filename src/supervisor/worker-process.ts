import type { Subprocess } from 'bun'
import type { Environment } from '../config/substitute.ts'
import { readCpuUsage } from './cpu-usage.ts'
import { type FromWorker, type ToWorker, WORKER_VARIABLE } from './messages.ts'
import { type Silence, SilenceWatch } from './silence.ts'

export type WorkerState = 'starting' | 'ready' | 'silent' | 'leaving'

export interface SpawnOptions {
  /** Never used twice, so that a message of an exited worker is not attributed to another. */
  readonly id: number
  /** From 0; a worker has the place of the one that it replaces. */
  readonly place: number
  readonly command: readonly [string, ...string[]]
  readonly environment: Environment
  readonly onMessage: (worker: WorkerProcess, message: FromWorker) => void
  readonly onExit: (worker: WorkerProcess) => void
  /** Takes complete lines of the worker's standard output. */
  readonly onLines: (lines: string) => void
}

/** A worker process, in the supervisor. */
export class WorkerProcess {
  readonly id: number
  readonly place: number
  readonly startedMs = performance.now()
  state: WorkerState = 'starting'
  /** The version of the configuration that the worker has confirmed. */
  configVersion = 0
  /** The worker's error message, if it could not start. */
  failure: string | undefined
  readonly #silence = new SilenceWatch()
  readonly #process: Subprocess<'ignore', 'pipe', 'inherit'>

  constructor({ id, place, command, environment, onMessage, onExit, onLines }: SpawnOptions) {
    this.id = id
    this.place = place
    this.#process = Bun.spawn([...command], {
      env: { ...environment, [WORKER_VARIABLE]: String(id) },
      stdin: 'ignore',
      stdout: 'pipe',
      stderr: 'inherit',
      serialization: 'advanced', // JSON has no Infinity
      ipc: (message: FromWorker) => {
        this.#silence.heard()
        if (this.state === 'silent') this.state = 'ready'
        onMessage(this, message)
      },
      onExit: () => onExit(this),
    })
    void forwardLines(this.#process.stdout, onLines)
  }

  get pid(): number {
    return this.#process.pid
  }

  /** How the process exited, for messages. */
  get exitStatus(): string {
    const { exitCode, signalCode } = this.#process
    return signalCode ? `signal ${signalCode}` : `exit code ${exitCode}`
  }

  /** Does nothing if the process is exiting. */
  send(message: ToWorker): void {
    try {
      this.#process.send(message)
    } catch {
      // `onExit` is about to be called.
    }
  }

  /** To be called once per second. */
  checkSilence(): Silence {
    const silence = this.#silence.check(this.state === 'starting', () => readCpuUsage(this.pid))
    if (silence !== 'short' && this.state === 'ready') this.state = 'silent'
    return silence
  }

  kill(): void {
    this.#process.kill('SIGKILL')
  }
}

/**
 * The supervisor writes the log lines of its workers. Processes that write into one pipe themselves split each other's
 * lines, because the kernel keeps only writes of up to 4 KB together.
 */
async function forwardLines(stream: ReadableStream<Uint8Array>, onLines: (lines: string) => void): Promise<void> {
  const decoder = new TextDecoder()
  let rest = ''
  for await (const part of stream) {
    const text = rest + decoder.decode(part, { stream: true })
    const end = text.lastIndexOf('\n') + 1
    if (end > 0) onLines(text.slice(0, end))
    rest = text.slice(end)
  }
  if (rest !== '') onLines(`${rest}\n`)
}
