// Changing the configuration of a running gateway: all of it or nothing.
import { ConfigError, type Problem } from './problem.ts'

export type ReloadTrigger = 'file' | 'signal' | 'admin'

export interface ReloadFailure {
  readonly at: number
  readonly message: string
  /** Empty when it was not the configuration that failed. */
  readonly problems: readonly Problem[]
}

export interface ReloadStatus {
  /** Counts what was applied; the configuration of the start is 1. */
  readonly version: number
  /** Epoch milliseconds. */
  readonly loadedAt: number
  /** Why the last reload changed nothing; undefined when it did. */
  readonly lastError: ReloadFailure | undefined
}

export type ReloadResult =
  | { readonly ok: true; readonly version: number }
  | { readonly ok: false; readonly version: number; readonly error: ReloadFailure }

export interface ReloadLog {
  readonly info: (fields: object, message: string) => void
  readonly error: (fields: object, message: string) => void
}

export interface ReloaderOptions<Snapshot> {
  /** Reads and builds the next snapshot; touches nothing that runs. */
  readonly load: () => Promise<Snapshot>
  /** Makes it the one that runs. */
  readonly apply: (snapshot: Snapshot) => void
  readonly log: ReloadLog
  readonly now?: () => number
}

export interface Reloader {
  /** Never rejects. Of those asked for during a reload, one more runs after it and answers all of them. */
  readonly reload: (trigger: ReloadTrigger) => Promise<ReloadResult>
  readonly status: () => ReloadStatus
}

/** A reloader for a gateway that already runs its first snapshot. */
export function createReloader<Snapshot>(options: ReloaderOptions<Snapshot>): Reloader {
  const { log, now = Date.now } = options
  let status: ReloadStatus = { version: 1, loadedAt: now(), lastError: undefined }
  let running: Promise<unknown> = Promise.resolve()
  let waiting: Promise<ReloadResult> | undefined

  async function run(trigger: ReloadTrigger): Promise<ReloadResult> {
    waiting = undefined // from here on a new request may see a newer file than this load does
    try {
      options.apply(await options.load())
      status = { version: status.version + 1, loadedAt: now(), lastError: undefined }
      log.info({ trigger, version: status.version }, 'The configuration was reloaded.')
      return { ok: true, version: status.version }
    } catch (thrown) {
      const error = failureOf(thrown, now())
      status = { ...status, lastError: error }
      log.error(
        { trigger, version: status.version, problems: error.problems, err: thrown },
        'The configuration was not reloaded; the one before it stays.',
      )
      return { ok: false, version: status.version, error }
    }
  }

  return {
    reload(trigger) {
      waiting ??= running.then(() => run(trigger))
      running = waiting
      return waiting
    },
    status: () => status,
  }
}

function failureOf(thrown: unknown, at: number): ReloadFailure {
  return {
    at,
    message: thrown instanceof Error ? thrown.message : 'Something that is no error was thrown.',
    problems: thrown instanceof ConfigError ? thrown.problems : [],
  }
}
