import { readFileSync } from 'node:fs'

/** The CPU time of a process's main thread, which runs its event loop. */
export interface CpuUsage {
  readonly usedMs: number
  /** Time in which the thread could run, but other threads or a CPU quota held it back. */
  readonly waitedMs: number
  /** The thread runs, waits for a processor or waits for a disk (swapped memory) at this moment. */
  readonly isRunnable: boolean
}

/** Undefined if the process is gone, or on systems without `/proc`. */
export function readCpuUsage(pid: number): CpuUsage | undefined {
  try {
    return parseCpuUsage(readFileSync(`/proc/${pid}/schedstat`, 'utf8'), readFileSync(`/proc/${pid}/stat`, 'utf8'))
  } catch {
    return undefined
  }
}

/** From the text of `schedstat` (nanoseconds used and waited) and of `stat`, see proc(5). */
export function parseCpuUsage(schedstat: string, stat: string): CpuUsage | undefined {
  const [usedNs, waitedNs] = schedstat.trim().split(' ').map(Number)
  if (!(usedNs! >= 0 && waitedNs! >= 0)) return undefined
  const state = stat.slice(stat.lastIndexOf(')') + 2)[0] // the name before it can contain anything
  return { usedMs: usedNs! / 1e6, waitedMs: waitedNs! / 1e6, isRunnable: state === 'R' || state === 'D' }
}
