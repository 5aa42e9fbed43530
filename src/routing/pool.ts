import type { AdmissionQueue } from './admission/admission-queue.ts'
import type { Candidate, Endpoint } from './endpoint.ts'
import { type Unavailable, type Eligible, filterByHealth, withoutBusyWarming } from './fleet/filter-by-health.ts'
import type { Hedging } from './hedging.ts'
import type { CallView, Policy } from './policy.ts'
import type { ShareBudget } from './share-budget.ts'
import type { BackoffQueue } from './backoff-queue.ts'

/** Interchangeable candidates and the policy that chooses among them. */
export interface Choices {
  readonly candidates: readonly Candidate[]
  readonly policy: Policy
}

export interface Pool extends Choices {
  /** The endpoints of the candidates. */
  readonly endpoints: ReadonlySet<Endpoint>
  /** Calls that wait because every endpoint is at its limit. */
  readonly queue: AdmissionQueue<Candidate>
  readonly retries: ShareBudget
  /** When to hedge; undefined if hedging is off. */
  readonly hedging: Hedging | undefined
  /** Calls that wait for the time an upstream gave in `retry-after`. */
  readonly backoffQueue: BackoffQueue
}

export type Pick =
  | { readonly type: 'picked'; readonly candidate: Candidate }
  /** `full`: every endpoint left is at its limit. `exhausted`: all were tried. */
  | { readonly type: 'full' | 'exhausted' }
  | Unavailable

/**
 * Filters the candidates, then lets the policy choose. In a pool of one, the endpoint can be tried again. If every endpoint
 * is healthy and has capacity and weight, this allocates nothing.
 */
export function pick(pool: Choices, tried: readonly Candidate[], call: CallView, random: () => number): Pick {
  const { candidates, policy } = pool
  if (candidates.length === 0) return { type: 'exhausted' }
  if (tried.length === 0 && candidates.every(isUnrestricted))
    return { type: 'picked', candidate: policy(call, candidates, random) }
  const filtered = candidates.every(isHealthy) ? allEligible(candidates) : filterByHealth(candidates, call.nowMs)
  if (filtered.type !== 'eligible') return filtered
  const { probe, groups } = filtered
  if (probe && tried.length === 0 && hasCapacity(probe)) return { type: 'picked', candidate: probe }
  const isUntried = (candidate: Candidate) => candidates.length === 1 || !tried.includes(candidate)
  for (const group of groups) {
    const eligible = eligibleOf(group.filter(isUntried), call)
    if (eligible.length > 0) return { type: 'picked', candidate: policy(call, eligible, random) }
  }
  return { type: groups.some((group) => group.some(isUntried)) ? 'full' : 'exhausted' }
}

const hasCapacity = ({ endpoint }: Candidate) => endpoint.hasCapacity
const hasWeight = ({ weight }: Candidate) => weight > 0
const isHealthy = ({ endpoint, modelHealth }: Candidate) => !endpoint.health.isImpaired && !modelHealth.isImpaired
const isUnrestricted = (candidate: Candidate) => hasWeight(candidate) && isHealthy(candidate) && hasCapacity(candidate)

const allEligible = (candidates: readonly Candidate[]): Eligible => ({
  type: 'eligible',
  probe: undefined,
  groups: [candidates],
})

function eligibleOf(group: readonly Candidate[], call: CallView): readonly Candidate[] {
  const free = group.filter(hasCapacity)
  const weighted = free.filter(hasWeight)
  return withoutBusyWarming(weighted.length > 0 ? weighted : free, call)
}
