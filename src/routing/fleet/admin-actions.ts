import type { Endpoint } from '../endpoint.ts'

/** What an operator can do to an endpoint at run time. */
export const endpointActions = ['drain', 'undrain', 'reset'] as const

export interface EndpointAction {
  /** `reset` clears failures and marks, for example after a repair. */
  readonly action: (typeof endpointActions)[number]
  readonly id: string
}

/** Applies an action to every endpoint with that id (they can differ by scheme or path). Returns their number. */
export function applyAction(endpoints: Iterable<Endpoint>, { action, id }: EndpointAction, nowMs: number): number {
  const targets = [...endpoints].filter((endpoint) => endpoint.id === id)
  for (const { health } of targets) {
    if (action === 'drain') health.drain('admin', nowMs)
    else if (action === 'undrain') health.undrain('admin', nowMs)
    else health.reset(nowMs)
  }
  return targets.length
}
