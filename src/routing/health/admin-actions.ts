import type { Endpoint } from '../endpoint.ts'

/** What an operator may do to an endpoint while everything runs. */
export const endpointActions = ['drain', 'undrain', 'reset'] as const

export interface EndpointAction {
  /** `reset` forgets what is held against it, as after a repair. */
  readonly action: (typeof endpointActions)[number]
  readonly id: string
}

/** Carries out an order at every endpoint of that id (they may differ by scheme or path). Returns how many there are. */
export function applyAction(endpoints: Iterable<Endpoint>, { action, id }: EndpointAction, nowMs: number): number {
  const meant = [...endpoints].filter((endpoint) => endpoint.id === id)
  for (const { health } of meant) {
    if (action === 'drain') health.drain('admin', nowMs)
    else if (action === 'undrain') health.undrain('admin', nowMs)
    else health.reset(nowMs)
  }
  return meant.length
}
