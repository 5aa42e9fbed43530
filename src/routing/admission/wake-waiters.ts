import type { Capacity, WaitingPool } from './waiter.ts'

/**
 * An endpoint may have capacity: admits calls that wait for it. If several pools wait, the one with the highest band comes first;
 * equal pools take turns.
 */
export function wakeWaiters({ waiting }: Pick<Capacity, 'waiting'>, nowMs: number): void {
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

function mostUrgent(queues: ReadonlySet<WaitingPool>): WaitingPool {
  const [first, ...others] = queues
  let best = first!
  for (const queue of others) if (queue.urgency < best.urgency) best = queue
  return best
}
