import type { AdmissionQueue } from './admission/admission-queue.ts'
import type { Candidate, Endpoint } from './endpoint.ts'
import { type Unavailable, type Eligible, filterByHealth, withoutBusyWarming } from './health/filter-by-health.ts'
import type { Hedging } from './hedging.ts'
import type { CallView, Policy } from './policy.ts'
import type { ShareBudget } from './share-budget.ts'
import type { BackoffQueue } from './backoff-queue.ts'

/** Interchangeable candidates with one policy. */
export interface Choices {
  readonly candidates: readonly Candidate[]
  readonly policy: Policy
}

export interface Pool extends Choices {
  /** Those of the candidates. */
  readonly endpoints: ReadonlySet<Endpoint>
  /** Where calls wait when every endpoint is full. */
  readonly queue: AdmissionQueue
  readonly retries: ShareBudget
  /** Whether and when a second endpoint is asked; undefined where none is. */
  readonly hedging: Hedging | undefined
  /** Where calls wait for a time that an upstream named. */
  readonly backoffQueue: BackoffQueue
}

export type Pick =
  | { readonly type: 'picked'; readonly candidate: Candidate }
  /** Every endpoint left is at its limit; all were tried. */
  | { readonly type: 'full' | 'exhausted' }
  | Unavailable

/**
 * Filters, the same for all policies, then asks the policy. A pool of one may be tried again: there is nowhere else to go.
 * Where every endpoint is well and has room and weight, nothing is looked up and nothing copied.
 */
export function pick(pool: Choices, tried: readonly Candidate[], call: CallView, random: () => number): Pick {
  const { candidates, policy } = pool
  if (candidates.length === 0) return { type: 'exhausted' }
  if (tried.length === 0 && candidates.every(isPlain))
    return { type: 'picked', candidate: policy(call, candidates, random) }
  const offer = candidates.every(isUnmarked) ? allInService(candidates) : filterByHealth(candidates, call.nowMs)
  if (offer.type !== 'open') return offer
  const { probe, groups } = offer
  if (probe && tried.length === 0 && hasRoom(probe)) return { type: 'picked', candidate: probe }
  const isUntried = (candidate: Candidate) => candidates.length === 1 || !tried.includes(candidate)
  for (const group of groups) {
    const eligible = eligibleOf(group.filter(isUntried), call)
    if (eligible.length > 0) return { type: 'picked', candidate: policy(call, eligible, random) }
  }
  return { type: groups.some((group) => group.some(isUntried)) ? 'full' : 'exhausted' }
}

const hasRoom = ({ endpoint }: Candidate) => endpoint.hasRoom
const hasWeight = ({ weight }: Candidate) => weight > 0
const isUnmarked = ({ endpoint, modelHealth }: Candidate) => !endpoint.health.isImpaired && !modelHealth.isImpaired
const isPlain = (candidate: Candidate) => hasWeight(candidate) && isUnmarked(candidate) && hasRoom(candidate)

const allInService = (candidates: readonly Candidate[]): Eligible => ({
  type: 'open',
  probe: undefined,
  groups: [candidates],
})

function eligibleOf(group: readonly Candidate[], call: CallView): readonly Candidate[] {
  const free = group.filter(hasRoom)
  const weighted = free.filter(hasWeight)
  return withoutBusyWarming(weighted.length > 0 ? weighted : free, call)
}
