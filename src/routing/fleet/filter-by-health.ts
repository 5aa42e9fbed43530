import type { Candidate } from '../endpoint.ts'
import type { CallView } from '../policy.ts'
import type { HealthState } from '../health/state.ts'

/** Why no call can be sent to a pool, whatever its capacity. */
export type Unavailable =
  | { readonly type: 'draining' }
  | { readonly type: 'backing-off'; readonly retryAfterMs: number }

/** Groups of candidates in order of preference; `probe` comes before all of them. */
export interface Eligible {
  readonly type: 'eligible'
  /** A half-open endpoint: one call tests whether it has recovered. */
  readonly probe: Candidate | undefined
  readonly groups: readonly (readonly Candidate[])[]
}

interface Row {
  readonly candidate: Candidate
  readonly state: HealthState
}

const IN_SERVICE: ReadonlySet<HealthState> = new Set(['ready', 'warming'])
const OPEN: ReadonlySet<HealthState> = new Set(['open', 'half-open'])

/**
 * The candidates of a pool that calls can be sent to. At most half of a pool is ejected for failures that can be over (the
 * earliest to open returns first). If every endpoint is unhealthy, health is ignored and the call is sent anyway (panic mode).
 * Endpoints that are drained or back off get no calls even then.
 */
export function filterByHealth(candidates: readonly Candidate[], nowMs: number): Eligible | Unavailable {
  const all = candidates.map((candidate) => ({ candidate, state: stateOf(candidate, nowMs) }))
  const rows = all.filter(({ state }) => state !== 'draining')
  if (rows.length === 0) return { type: 'draining' }
  const available = rows.filter(({ state }) => state !== 'backing-off')
  if (available.length === 0) return { type: 'backing-off', retryAfterMs: earliestEnd(rows, nowMs) - nowMs }

  const inState = (...states: HealthState[]) => byState(available, new Set(states))
  const probe = inState('half-open').find((candidate) => candidate.weight > 0 && isDue(candidate, nowMs))
  const healthy = byState(available, IN_SERVICE)
  const suspect = inState('suspect')
  if (healthy.length + suspect.length === 0)
    return { type: 'eligible', probe, groups: [byState(available, OPEN), inState('down'), inState('misconfigured')] }
  const inService = [...healthy, ...returnedOf(available, rows.length)].toSorted(byPlaceIn(candidates))
  return { type: 'eligible', probe, groups: [inService, suspect] }
}

/** Removes warming endpoints of `group` that have enough work, unless no others are left. */
export function withoutBusyWarming(group: readonly Candidate[], call: CallView): readonly Candidate[] {
  const admitted = group.filter(({ endpoint }) =>
    endpoint.health.admits(endpoint.pendingTokens, call.promptTokens, call.nowMs),
  )
  return admitted.length > 0 ? admitted : group
}

/** Also applies expiries, so that a recovered endpoint is no longer marked as impaired. */
function stateOf({ endpoint, modelHealth }: Candidate, nowMs: number): HealthState {
  const model = modelHealth.state(nowMs)
  endpoint.health.refresh(nowMs)
  const own = endpoint.health.ownState(nowMs)
  if (own === 'draining' || model === undefined) return own
  return model === 'misconfigured' && own === 'down' ? own : model
}

const byState = (rows: readonly Row[], states: ReadonlySet<HealthState>) =>
  rows.filter(({ state }) => states.has(state)).map(({ candidate }) => candidate)

const earliestEnd = (rows: readonly Row[], nowMs: number) =>
  Math.min(...rows.map(({ candidate }) => candidate.modelHealth.untilMs ?? nowMs))

/**
 * Open endpoints that return because half of the pool is out already; down and misconfigured ones count first,
 * since they are certain.
 */
function returnedOf(available: readonly Row[], size: number): readonly Candidate[] {
  const openedMs = ({ endpoint }: Candidate) => endpoint.health.breaker.openedMs
  const open = byState(available, OPEN).toSorted((a, b) => openedMs(a) - openedMs(b))
  const certain = available.filter(({ state }) => state === 'down' || state === 'misconfigured').length
  const allowed = Math.max(0, Math.floor(size / 2) - certain)
  return open.slice(0, Math.max(0, open.length - allowed))
}

const isDue = ({ endpoint }: Candidate, nowMs: number) => endpoint.health.breaker.state(nowMs) === 'half-open'

const byPlaceIn = (candidates: readonly Candidate[]) => (a: Candidate, b: Candidate) =>
  candidates.indexOf(a) - candidates.indexOf(b)
