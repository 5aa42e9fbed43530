import type { Registry } from '../telemetry/metrics/registry.ts'
import type { WorkerState } from './worker-process.ts'
import type { Workers } from './workers.ts'

const STATES = ['starting', 'ready', 'silent', 'leaving'] as const satisfies readonly WorkerState[]

export function reportWorkers({ gauge, counter }: Registry, workers: Workers): void {
  gauge({
    name: 'sluice_workers',
    help: 'Worker processes by state.',
    labels: ['state'],
    collect: (set) => STATES.forEach((state) => set([state], workers.all(state).length)),
  })
  counter({
    name: 'sluice_worker_restarts_total',
    help: 'Times a worker was replaced.',
    collect: (set) => set([], workers.restarts),
  })
}
