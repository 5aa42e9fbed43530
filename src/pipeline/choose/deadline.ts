import type { Pool } from '../../routing/pool.ts'
import type { Model } from '../../routing/table.ts'
import { maxWaitMs } from './admit.ts'
import type { Call } from '../call/call.ts'

/** Until when an answer is of use to anybody, on the clock of `arrivedMs`: the total time of the model, or what its client waits. */
export function deadlineMs(call: Call, { timeouts }: Model, { candidates }: Pool): number {
  const totalMs = timeouts.totalMs ?? Math.max(...candidates.map(({ provider }) => provider.timeouts.totalMs))
  return call.arrival.arrivedMs + Math.min(totalMs, maxWaitMs(call, call.arrival.arrivedMs))
}
