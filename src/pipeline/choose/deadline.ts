import type { Pool } from '../../routing/pool.ts'
import type { Model } from '../../routing/table.ts'
import { patienceMs } from './admit.ts'
import type { Call } from '../call/call.ts'

/** Until when an answer is of use to anybody, on the clock of `arrivedMs`: the total time of the model, or what its client waits. */
export function deadlineMs(call: Call, { timeLimits }: Model, { candidates }: Pool): number {
  const totalMs = timeLimits.totalMs ?? Math.max(...candidates.map(({ provider }) => provider.timeLimits.totalMs))
  return call.arrivedMs + Math.min(totalMs, patienceMs(call, call.arrivedMs))
}
