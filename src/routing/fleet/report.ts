import type { Endpoint } from '../endpoint.ts'
import type { HealthState } from '../health/state.ts'

/** The state of an endpoint for the admin API and dashboards. Times are ISO 8601. */
export interface EndpointReport {
  readonly id: string
  readonly state: HealthState
  /** Why the state changed last, and when. */
  readonly reason: string
  readonly since: string | null
  /** When the state ends by itself. */
  readonly until: string | null
  readonly inFlight: number
  readonly maxConcurrency: number | null
  readonly picks: number
  readonly failures: number
}

export function reportOf(endpoint: Endpoint, nowMs: number): EndpointReport {
  const { id, health, load, maxConcurrency } = endpoint
  health.refresh(nowMs)
  const { state, reason, atMs } = health.last
  return {
    id,
    state,
    reason,
    since: health.changes.size === 0 ? null : isoTime(atMs),
    until: isoTime(health.untilMs(nowMs)),
    inFlight: load,
    maxConcurrency: Number.isFinite(maxConcurrency) ? maxConcurrency : null,
    picks: endpoint.picks + endpoint.picksElsewhere,
    failures: endpoint.failures + endpoint.failuresElsewhere,
  }
}

export const healthFactsOf = (endpoint: Endpoint, nowMs: number) => {
  endpoint.health.refresh(nowMs)
  return { id: endpoint.id, state: endpoint.health.last.state, changes: endpoint.health.changes }
}

const isoTime = (ms: number | undefined) =>
  ms === undefined ? null : new Date(Math.round(performance.timeOrigin + ms)).toISOString()
