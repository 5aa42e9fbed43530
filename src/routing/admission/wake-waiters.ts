import type { Endpoint } from '../endpoint.ts'
import type { AdmissionQueue } from './admission-queue.ts'

/**
 * There may be room at this endpoint: whoever waits for it is asked. Of several pools the one with the highest band
 * comes first, and equals take turns.
 */
export function wakeWaiters({ waiting }: Endpoint, nowMs: number): void {
  if (waiting.size === 0) return
  const asked = new Set(waiting)
  while (asked.size > 0) {
    const queue = mostUrgent(asked)
    const isGiven = queue.offer(nowMs)
    asked.delete(queue)
    if (!isGiven) continue
    asked.add(queue)
    if (waiting.delete(queue)) waiting.add(queue)
  }
}

function mostUrgent(queues: ReadonlySet<AdmissionQueue>): AdmissionQueue {
  const [first, ...others] = queues
  let best = first!
  for (const queue of others) if (queue.urgency < best.urgency) best = queue
  return best
}
