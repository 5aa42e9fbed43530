import { SUPERVISOR } from '../bus/topic.ts'
import { PeerHealth } from '../peer-health.ts'
import { PeerLoads, type PeerReport, publishLoads } from '../peer-loads.ts'
import type { Member } from './member.ts'

/** Long enough for the reports of all workers at one tick of the clock. */
const GATHER_MS = 5

export interface LoadsTopic {
  /** Applies the reports to endpoints that a reload has added. */
  endpointsChanged(): void
  stopPublishing(): void
}

/** Each worker's load and what it has learned of the endpoints' health. */
export function joinLoads({ id, bus, gatewayProcess: { registry } }: Member): LoadsTopic {
  const health = new PeerHealth(id)
  const loads = new PeerLoads(registry, health)
  const publish = bus.join<PeerReport>({
    name: 'loads',
    forward: 'others',
    gather: { forMs: GATHER_MS, aged: ([worker, report, ageMs], heldMs) => [worker, report, ageMs + heldMs] },
    snapshot: (worker) => loads.reports(performance.now()).filter(([from]) => from !== worker),
    apply: (report) => loads.receive(report, performance.now()),
    batchApplied: () => loads.update(),
    workerGone: (worker) => loads.workerGone(worker),
  })
  const stopPublishing =
    id === SUPERVISOR ? () => {} : publishLoads(registry, health, loads, (report) => publish([id, report, 0]))
  return { endpointsChanged: () => loads.update(), stopPublishing }
}
