import { readdirSync } from 'node:fs'
import type { Registry } from './registry.ts'

/** Readings of this process from the operating system, taken at each scrape. */
export interface ProcessReadings {
  readonly startTimeSeconds: number
  cpuSeconds(): number
  residentBytes(): number
  /** Undefined without /proc. */
  openFds(): number | undefined
}

const readProcess = (): ProcessReadings => ({
  startTimeSeconds: Date.now() / 1000 - process.uptime(),
  cpuSeconds() {
    const { user, system } = process.cpuUsage()
    return (user + system) / 1e6
  },
  residentBytes: () => process.memoryUsage.rss(),
  openFds: countOpenFds,
})

function countOpenFds(): number | undefined {
  try {
    return readdirSync('/proc/self/fd').length - 1 // without the descriptor of this reading itself
  } catch {
    return undefined
  }
}

/** The standard process metrics of Prometheus clients, and `sluice_build_info`. */
export function registerProcessMetrics(registry: Registry, version: string, readings = readProcess()): void {
  const { counter, gauge } = registry
  counter({
    name: 'process_cpu_seconds_total',
    help: 'User and system CPU time spent, in seconds.',
    collect: (set) => set([], readings.cpuSeconds()),
  })
  gauge({
    name: 'process_resident_memory_bytes',
    help: 'Resident memory size in bytes.',
    collect: (set) => set([], readings.residentBytes()),
  })
  gauge({
    name: 'process_start_time_seconds',
    help: 'Start time of the process in seconds since 1970.',
    merge: 'min', // a replaced worker does not count as a new start
    collect: (set) => set([], readings.startTimeSeconds),
  })
  gauge({
    name: 'process_open_fds',
    help: 'Number of open file descriptors.',
    collect(set) {
      const count = readings.openFds()
      if (count !== undefined) set([], count)
    },
  })
  gauge({ name: 'sluice_build_info', help: 'Always 1; the version is the label.', labels: ['version'], merge: 'max' })
    .with(version)
    .set(1)
}
