import { memoryChange, type MemorySample } from './memory.ts'
import type { Tally } from './tally.ts'

export interface Report {
  readonly seconds: number
  readonly disruptions: ReadonlyMap<string, number>
  /** Harm that could not be done or undone, in words. */
  readonly undone: readonly string[]
  readonly tally: Tally
  readonly orphans: number
  readonly memory: readonly MemorySample[]
  /** Streams that went on at another server. */
  readonly continued: number
  readonly restarts: number
  /** Rejections and exceptions that nobody handled in the gateway. */
  readonly alarms: number
}

export interface Bound {
  readonly name: string
  readonly found: string
  readonly allowed: string
  readonly holds: boolean
}

const LEAST_SUCCESS = 0.999
/** A worker that has just been started is smaller than one that has served for minutes. */
const MOST_GROWTH = 1.25
const GROWTH_FROM_MB = 40

/** What a run must keep. Memory is judged in runs that are long enough to tell. */
export function boundsOf({ tally, orphans, alarms, undone, memory }: Report): readonly Bound[] {
  const { lies } = tally.total
  const none = (name: string, count: number): Bound => ({
    name,
    found: String(count),
    allowed: '0',
    holds: count === 0,
  })
  return [
    none('lies', lies),
    none('orphans', orphans),
    none('unhandled errors in the gateway', alarms),
    none('faults that could not be injected', undone.length),
    {
      name: 'calls that had to succeed and did',
      found: `${(tally.successRate * 100).toFixed(3)} %`,
      allowed: `>= ${LEAST_SUCCESS * 100} %`,
      holds: tally.successRate >= LEAST_SUCCESS,
    },
    ...growthBound(memory),
  ]
}

function growthBound(samples: readonly MemorySample[]): readonly Bound[] {
  const change = memoryChange(samples)
  if (!change) return []
  const [before, after] = [change.before, change.after].map(({ supervisorMb, workersMb }) => supervisorMb + workersMb)
  const most = before! * MOST_GROWTH + GROWTH_FROM_MB
  const found = `${before!.toFixed(0)} -> ${after!.toFixed(0)} MB`
  return [
    { name: 'memory, all processes of the gateway', found, allowed: `<= ${most.toFixed(0)} MB`, holds: after! <= most },
  ]
}
