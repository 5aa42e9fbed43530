import { downReports } from '../routing/health/check-targets.ts'
import type { EndpointAction } from '../routing/health/admin-actions.ts'
import type { GatewayProcess } from '../runtime/gateway-process.ts'
import type { ToWorker } from './messages.ts'
import type { WorkerProcess } from './worker-process.ts'

export interface ActionRelay {
  pass(order: EndpointAction): void
  /** A new worker is to drain what the others drain, and to leave alone what is down. */
  catchUp(): ToWorker[]
}

/** Passes an operator's order, which one worker was given, to all; the supervisor's own endpoints remember the drains. */
export const createActionRelay = (instance: GatewayProcess, workers: () => readonly WorkerProcess[]): ActionRelay => ({
  pass(order) {
    instance.applyAction(order)
    for (const worker of workers()) worker.send({ type: 'order', order })
  },
  catchUp() {
    const endpoints = [...instance.endpoints()]
    const drained = endpoints.filter(({ health }) => health.isDrainedBy('admin'))
    return [
      ...downReports(endpoints, performance.now()).map((report) => ({ type: 'liveness', report }) as const),
      ...drained.map(({ id }) => ({ type: 'order', order: { action: 'drain', id } }) as const),
    ]
  },
})
