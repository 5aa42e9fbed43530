// Resident memory of the supervisor and its workers during a run.
import { readFileSync } from 'node:fs'
import type { Cluster } from '../test/cluster.ts'

export interface MemorySample {
  readonly supervisorMb: number
  readonly workersMb: number
}

export interface MemoryWatch {
  readonly samples: readonly MemorySample[]
  stop(): void
}

const LOOK_EVERY_MS = 1000

export function watchMemory(cluster: Cluster): MemoryWatch {
  const samples: MemorySample[] = []
  const look = () => {
    const pids = cluster.pids()
    const supervisorMb = residentMb(cluster.child.process.pid)
    samples.push({ supervisorMb, workersMb: pids.reduce((sum, pid) => sum + residentMb(pid), 0) })
  }
  const timer = setInterval(look, LOOK_EVERY_MS)
  return { samples, stop: () => clearInterval(timer) }
}

/** 0 for a process that has just ended. */
function residentMb(pid: number): number {
  try {
    return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024
  } catch {
    return 0
  }
}

export interface MemoryChange {
  readonly before: MemorySample
  readonly after: MemorySample
}

/** Medians of the tenth after the first fifth, which is the warm-up, and of the last tenth. Undefined if the run is too short. */
export function memoryChange(samples: readonly MemorySample[]): MemoryChange | undefined {
  const tenth = Math.floor(samples.length / 10)
  if (tenth < 3) return undefined
  return { before: medians(samples.slice(2 * tenth, 3 * tenth)), after: medians(samples.slice(-tenth)) }
}

const medians = (samples: readonly MemorySample[]): MemorySample => ({
  supervisorMb: median(samples.map(({ supervisorMb }) => supervisorMb)),
  workersMb: median(samples.map(({ workersMb }) => workersMb)),
})

const median = (values: readonly number[]) => values.toSorted((a, b) => a - b)[values.length >> 1]!
