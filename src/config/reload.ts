// Replaces the configuration of a running gateway, as a whole or not at all.
import { ConfigError, type Problem } from './problem.ts'

export type ReloadTrigger = 'file' | 'signal' | 'admin'

export interface ReloadFailure {
  readonly at: number
  readonly message: string
  /** Empty if the failure was not in the configuration. */
  readonly problems: readonly Problem[]
}

export interface ReloadStatus {
  /** Counts the configurations that were applied; the first one is 1. */
  readonly version: number
  /** Epoch milliseconds. */
  readonly loadedAt: number
  /** Why the last reload failed; undefined if it succeeded. */
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
  /** Reads and builds the next snapshot; changes nothing that runs. */
  readonly load: () => Promise<Snapshot>
  /** Puts the snapshot into effect. */
  readonly apply: (snapshot: Snapshot) => void
  readonly log: ReloadLog
  readonly now?: () => number
}

export interface Reloader {
  /** Never rejects. All requests during a reload share one more reload after it. */
  readonly reload: (trigger: ReloadTrigger) => Promise<ReloadResult>
  readonly status: () => ReloadStatus
}

/** Creates a reloader for a gateway that already runs its first snapshot. */
export function createReloader<Snapshot>(options: ReloaderOptions<Snapshot>): Reloader {
  const { log, now = Date.now } = options
  let status: ReloadStatus = { version: 1, loadedAt: now(), lastError: undefined }
  let running: Promise<unknown> = Promise.resolve()
  let waiting: Promise<ReloadResult> | undefined

  async function run(trigger: ReloadTrigger): Promise<ReloadResult> {
    waiting = undefined // from here on, a new request can find a newer file than this load
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
        'The configuration was not reloaded; the previous one stays in effect.',
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
    message: thrown instanceof Error ? thrown.message : 'An unknown error occurred.',
    problems: thrown instanceof ConfigError ? thrown.problems : [],
  }
}
