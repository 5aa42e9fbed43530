import { downReports } from '../routing/health/check-targets.ts'
import type { EndpointOrder } from '../routing/health/admin-actions.ts'
import type { Instance } from '../runtime/gateway-process.ts'
import type { ToWorker } from './messages.ts'
import type { WorkerProcess } from './worker-process.ts'

export interface OrderRelay {
  pass(order: EndpointOrder): void
  /** A new worker is to drain what the others drain, and to leave alone what is down. */
  welcome(): ToWorker[]
}

/** Passes an operator's order, which one worker was given, to all; the supervisor's own endpoints remember the drains. */
export const createOrderRelay = (instance: Instance, workers: () => readonly WorkerProcess[]): OrderRelay => ({
  pass(order) {
    instance.order(order)
    for (const worker of workers()) worker.send({ type: 'order', order })
  },
  welcome() {
    const endpoints = [...instance.endpoints()]
    const drained = endpoints.filter(({ health }) => health.isDrainedBy('admin'))
    return [
      ...downReports(endpoints, performance.now()).map((report) => ({ type: 'liveness', report }) as const),
      ...drained.map(({ id }) => ({ type: 'order', order: { action: 'drain', id } }) as const),
    ]
  },
})
