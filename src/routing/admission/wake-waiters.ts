import type { Endpoint } from '../endpoint.ts'
import type { AdmissionQueue } from './admission-queue.ts'

/**
 * An endpoint may have capacity: admits calls that wait for it. If several pools wait, the one with the highest band comes first;
 * equal pools take turns.
 */
export function wakeWaiters({ waiting }: Endpoint, nowMs: number): void {
  if (waiting.size === 0) return
  const queues = new Set(waiting)
  while (queues.size > 0) {
    const queue = mostUrgent(queues)
    const isAdmitted = queue.admitNext(nowMs)
    queues.delete(queue)
    if (!isAdmitted) continue
    queues.add(queue)
    if (waiting.delete(queue)) waiting.add(queue)
  }
}

function mostUrgent(queues: ReadonlySet<AdmissionQueue>): AdmissionQueue {
  const [first, ...others] = queues
  let best = first!
  for (const queue of others) if (queue.urgency < best.urgency) best = queue
  return best
}
