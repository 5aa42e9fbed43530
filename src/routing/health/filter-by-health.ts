import type { Candidate } from '../endpoint.ts'
import type { CallView } from '../policy.ts'
import type { HealthState } from './state.ts'

/** Why no call may go to a pool at all, whatever room there is. */
export type Unavailable =
  | { readonly type: 'draining' }
  | { readonly type: 'backing-off'; readonly retryAfterMs: number }

/** Groups of candidates to ask for room in this order; `probe` comes before all of them. */
export interface Eligible {
  readonly type: 'open'
  /** It has rested: one call finds out whether it is well again. */
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
 * Which candidates of a pool may be asked. At most half of it is kept back for failures that may be over (the earliest to
 * open returns first). When health leaves nobody in service it is not listened to: a bad answer is not worse than none.
 * Who is drained or asked for time is left alone even then.
 */
export function filterByHealth(candidates: readonly Candidate[], nowMs: number): Eligible | Unavailable {
  const all = candidates.map((candidate) => ({ candidate, state: stateOf(candidate, nowMs) }))
  const rows = all.filter(({ state }) => state !== 'draining')
  if (rows.length === 0) return { type: 'draining' }
  const present = rows.filter(({ state }) => state !== 'backing-off')
  if (present.length === 0) return { type: 'backing-off', retryAfterMs: earliestEnd(rows, nowMs) - nowMs }

  const inState = (...states: HealthState[]) => byState(present, new Set(states))
  const probe = inState('half-open').find((candidate) => candidate.weight > 0 && isDue(candidate, nowMs))
  const well = byState(present, IN_SERVICE)
  const suspect = inState('suspect')
  if (well.length + suspect.length === 0)
    return { type: 'open', probe, groups: [byState(present, OPEN), inState('down'), inState('misconfigured')] }
  const inService = [...well, ...returnedOf(present, rows.length)].toSorted(byPlaceIn(candidates))
  return { type: 'open', probe, groups: [inService, suspect] }
}

/** Warming endpoints of `group` that have enough to do are left out, unless nobody else is left. */
export function withoutBusyWarming(group: readonly Candidate[], call: CallView): readonly Candidate[] {
  const admitted = group.filter(({ endpoint }) =>
    endpoint.health.admits(endpoint.pendingTokens, call.promptTokens, call.nowMs),
  )
  return admitted.length > 0 ? admitted : group
}

/** Also brings the marks up to date, so that an endpoint that is well again costs nothing any more. */
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

/** Those that are open although half of the pool is out already. Down and misconfigured is what we know for sure. */
function returnedOf(present: readonly Row[], size: number): readonly Candidate[] {
  const openedMs = ({ endpoint }: Candidate) => endpoint.health.breaker.openedMs
  const open = byState(present, OPEN).toSorted((a, b) => openedMs(a) - openedMs(b))
  const sure = present.filter(({ state }) => state === 'down' || state === 'misconfigured').length
  const allowed = Math.max(0, Math.floor(size / 2) - sure)
  return open.slice(0, Math.max(0, open.length - allowed))
}

const isDue = ({ endpoint }: Candidate, nowMs: number) => endpoint.health.breaker.state(nowMs) === 'half-open'

const byPlaceIn = (candidates: readonly Candidate[]) => (a: Candidate, b: Candidate) =>
  candidates.indexOf(a) - candidates.indexOf(b)
