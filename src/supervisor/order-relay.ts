import { downReports } from '../routing/health/check-targets.ts'
import type { EndpointOrder } from '../routing/health/orders.ts'
import type { Instance } from '../service/instance.ts'
import type { WorkerProcess } from './worker-process.ts'

export interface OrderRelay {
  pass(order: EndpointOrder): void
  /** A new worker is to drain what the others drain, and to leave alone what is down. */
  welcome(worker: WorkerProcess): void
}

/** Passes an operator's order, which one worker was given, to all; the supervisor's own endpoints remember the drains. */
export const createOrderRelay = (instance: Instance, workers: () => readonly WorkerProcess[]): OrderRelay => ({
  pass(order) {
    instance.order(order)
    for (const worker of workers()) worker.send({ type: 'order', order })
  },
  welcome(worker) {
    for (const report of downReports(instance.endpoints(), performance.now())) worker.send({ type: 'liveness', report })
    for (const { id, health } of instance.endpoints())
      if (health.isDrainedBy('admin')) worker.send({ type: 'order', order: { action: 'drain', id } })
  },
})
