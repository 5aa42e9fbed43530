import type { Registry } from './metrics/registry.ts'

/** An endpoint's health as metrics show it. */
export interface EndpointHealthFacts {
  readonly id: string
  readonly state: string
  /** How often it entered each state. */
  readonly changes: Iterable<readonly [state: string, count: number]>
}

/** Metrics of endpoint health. They are read at each scrape, so that requests do not count anything. */
export function registerEndpointMetrics(registry: Registry, list: () => Iterable<EndpointHealthFacts>): void {
  registry.gauge({
    name: 'sluice_endpoint_state',
    help: '1 for the current health state of an endpoint (docs/health.md).',
    merge: 'max', // workers may differ for a moment; every state that one of them reports is shown
    labels: ['endpoint', 'state'],
    collect(set) {
      for (const { id, state } of list()) set([id, state], 1)
    },
  })
  registry.counter({
    name: 'sluice_endpoint_state_changes_total',
    help: 'Times an endpoint entered a health state.',
    labels: ['endpoint', 'state'],
    collect(set) {
      for (const { id, changes } of list()) for (const [state, count] of changes) set([id, state], count)
    },
  })
}
