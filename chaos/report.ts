import { memoryChange, type MemorySample } from './memory.ts'
import type { Tally } from './tally.ts'

export interface Report {
  readonly seconds: number
  readonly disruptions: ReadonlyMap<string, number>
  /** One line for each disruption that could not be injected or undone. */
  readonly failedDisruptions: readonly string[]
  readonly tally: Tally
  readonly orphans: number
  readonly memory: readonly MemorySample[]
  /** Streams that continued on another server. */
  readonly continued: number
  readonly restarts: number
  /** Unhandled rejections and exceptions in the gateway. */
  readonly unhandledErrors: number
}

export interface Bound {
  readonly name: string
  readonly found: string
  readonly allowed: string
  readonly holds: boolean
}

const MIN_SUCCESS_RATE = 0.999
/** A new worker uses less memory than one that has served for minutes. */
const MAX_GROWTH = 1.25
const GROWTH_FROM_MB = 40

/** The bounds of a run. Memory has one only if the run is long enough. */
export function boundsOf({ tally, orphans, unhandledErrors, failedDisruptions, memory }: Report): readonly Bound[] {
  const { wrong } = tally.total
  const none = (name: string, count: number): Bound => ({
    name,
    found: String(count),
    allowed: '0',
    holds: count === 0,
  })
  return [
    none('wrong responses', wrong),
    none('orphans', orphans),
    none('unhandled errors in the gateway', unhandledErrors),
    none('faults that could not be injected', failedDisruptions.length),
    {
      name: 'success rate',
      found: `${(tally.successRate * 100).toFixed(3)} %`,
      allowed: `>= ${MIN_SUCCESS_RATE * 100} %`,
      holds: tally.successRate >= MIN_SUCCESS_RATE,
    },
    ...growthBound(memory),
  ]
}

function growthBound(samples: readonly MemorySample[]): readonly Bound[] {
  const change = memoryChange(samples)
  if (!change) return []
  const [before, after] = [change.before, change.after].map(({ supervisorMb, workersMb }) => supervisorMb + workersMb)
  const most = before! * MAX_GROWTH + GROWTH_FROM_MB
  const found = `${before!.toFixed(0)} -> ${after!.toFixed(0)} MB`
  return [
    { name: 'memory, all processes of the gateway', found, allowed: `<= ${most.toFixed(0)} MB`, holds: after! <= most },
  ]
}
