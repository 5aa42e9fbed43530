import type { Subprocess } from 'bun'
import type { Environment } from '../config/substitute.ts'
import { type FromWorker, type ToWorker, WORKER_VARIABLE } from './messages.ts'

export type WorkerState = 'starting' | 'ready' | 'silent' | 'leaving'

export interface SpawnOptions {
  /** Never used twice, so that what a dead worker said is not taken for another's. */
  readonly id: number
  readonly command: readonly [string, ...string[]]
  readonly environment: Environment
  readonly onMessage: (worker: WorkerProcess, message: FromWorker) => void
  readonly onExit: (worker: WorkerProcess) => void
  /** Whole lines of its standard output. */
  readonly onLines: (lines: string) => void
}

/** A worker as its supervisor sees it. */
export class WorkerProcess {
  readonly id: number
  readonly startedMs = performance.now()
  state: WorkerState = 'starting'
  /** The configuration that it has confirmed. */
  configVersion = 0
  /** Why it could not start, in its own words. */
  failure: string | undefined
  /** Looks of its supervisor since it last said anything. */
  silentLooks = 0
  readonly #process: Subprocess<'ignore', 'pipe', 'inherit'>

  constructor({ id, command, environment, onMessage, onExit, onLines }: SpawnOptions) {
    this.id = id
    this.#process = Bun.spawn([...command], {
      env: { ...environment, [WORKER_VARIABLE]: String(id) },
      stdin: 'ignore',
      stdout: 'pipe',
      stderr: 'inherit',
      serialization: 'advanced', // JSON has no Infinity
      ipc: (message: FromWorker) => {
        this.silentLooks = 0
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

  /** How it ended, for people. */
  get ending(): string {
    const { exitCode, signalCode } = this.#process
    return signalCode ? `by ${signalCode}` : `with exit code ${exitCode}`
  }

  /** To one that is just ending it does nothing. */
  send(message: ToWorker): void {
    try {
      this.#process.send(message)
    } catch {
      // Its exit is about to be reported.
    }
  }

  kill(): void {
    this.#process.kill('SIGKILL')
  }
}

/**
 * Log lines come through the supervisor, whole: processes that write into one pipe themselves tear each other's lines
 * apart as soon as a batch is longer than the 4 KB that the kernel keeps together.
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
