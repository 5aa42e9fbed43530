import type { Pool } from '../../routing/pool.ts'
import type { Model } from '../../routing/table.ts'
import { maxWaitMs } from './admit.ts'
import type { Call } from '../call/call.ts'

/**
 * When a response is no longer useful, on the clock of `arrivedMs`: after the model's total timeout, or the client's
 * own.
 */
export function deadlineMs(call: Call, { timeouts }: Model, { candidates }: Pool): number {
  const totalMs = timeouts.totalMs ?? Math.max(...candidates.map(({ provider }) => provider.timeouts.totalMs))
  return call.arrival.arrivedMs + Math.min(totalMs, maxWaitMs(call, call.arrival.arrivedMs))
}
