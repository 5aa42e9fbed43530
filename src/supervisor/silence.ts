import type { CpuUsage } from './cpu-usage.ts'

const SILENT_AFTER_CHECKS = 3

/** A worker that hangs must end: the kernel still distributes connections to it. */
const HANGS_AFTER_CHECKS = 30

/** Starting costs seconds of CPU time, and a tenth of a core is shared by all workers. */
const START_CHECKS = 600

/** A worker that has used this much CPU time since its last message is in an endless loop. */
const ENDLESS_AFTER_CPU_MS = 60_000

/** A blocked thread may wake up for moments. A thread that can run uses or waits for more than this. */
const LEAST_PROGRESS_MS = 10

export type Silence = 'short' | 'silent' | 'hangs'

/**
 * Tells a slow worker from one that hangs. A slow one uses CPU time or waits for it. Counts checks, not time: if the
 * supervisor itself was held up, its workers were not silent. There is one check per second.
 */
export class SilenceWatch {
  #checks = 0
  #checksWithoutProgress = 0
  #last: CpuUsage | undefined
  #usedAtFirstCheckMs: number | undefined

  /** The worker has sent a message. */
  heard(): void {
    this.#checks = 0
    this.#checksWithoutProgress = 0
    this.#last = undefined
    this.#usedAtFirstCheckMs = undefined
  }

  /** `readUsage` is called only if the worker is silent. */
  check(isStarting: boolean, readUsage: () => CpuUsage | undefined): Silence {
    this.#checks++
    if (isStarting) return this.#checks > START_CHECKS ? 'hangs' : 'short'
    if (this.#checks <= SILENT_AFTER_CHECKS) return 'short'
    const usage = readUsage()
    this.#checksWithoutProgress = this.#hasProgressed(usage) ? 0 : this.#checksWithoutProgress + 1
    this.#last = usage
    this.#usedAtFirstCheckMs ??= usage?.usedMs
    const usedMs = (usage?.usedMs ?? 0) - (this.#usedAtFirstCheckMs ?? 0)
    const isStuck = this.#checksWithoutProgress > HANGS_AFTER_CHECKS - SILENT_AFTER_CHECKS
    return isStuck || usedMs >= ENDLESS_AFTER_CPU_MS ? 'hangs' : 'silent'
  }

  #hasProgressed(usage: CpuUsage | undefined): boolean {
    if (!usage || !this.#last) return usage?.isRunnable ?? false
    const { usedMs, waitedMs } = this.#last
    return usage.isRunnable || usage.usedMs - usedMs + usage.waitedMs - waitedMs >= LEAST_PROGRESS_MS
  }
}
