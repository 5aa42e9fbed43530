import type { EndpointAction } from '../../routing/fleet/admin-actions.ts'
import type { Member } from './member.ts'

export interface ActionsTopic {
  /** Applies an operator's action in every process. Returns how many endpoints have that id in this one. */
  submit(action: EndpointAction): number
}

/** Operators' actions on endpoints. The supervisor's own endpoints keep the drains for new workers. */
export function joinActions({ bus, gatewayProcess }: Member): ActionsTopic {
  const { endpoints, applyAction } = gatewayProcess
  const publish = bus.join<EndpointAction>({
    name: 'actions',
    // The publisher gets its action back: after two at the same time, all workers have applied them in one order.
    forward: 'all',
    snapshot: () =>
      [...endpoints()].filter(({ health }) => health.isDrainedBy('admin')).map(({ id }) => ({ action: 'drain', id })),
    apply: applyAction,
  })
  return {
    submit(action) {
      publish(action)
      return applyAction(action)
    },
  }
}
