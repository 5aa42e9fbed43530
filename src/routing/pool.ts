import type { AdmissionQueue } from './admission/admission-queue.ts'
import type { Candidate } from './endpoint.ts'
import type { CallView, Policy } from './policy.ts'

/** Interchangeable candidates with one policy. */
export interface Choices {
  readonly candidates: readonly Candidate[]
  readonly policy: Policy
}

export interface Pool extends Choices {
  /** Where calls wait when every endpoint is full. */
  readonly queue: AdmissionQueue
}

export type Pick = { readonly type: 'picked'; readonly candidate: Candidate } | { readonly type: 'full' | 'exhausted' }

/**
 * Filters, then asks the policy. `full` when every endpoint left is at its cap, `exhausted` when all were tried.
 * A pool of one may be tried again: there is nowhere else to go.
 */
export function pick(pool: Choices, tried: readonly Candidate[], call: CallView, random: () => number): Pick {
  const isUntried = (candidate: Candidate) => pool.candidates.length === 1 || !tried.includes(candidate)
  const left = tried.length === 0 ? pool.candidates : pool.candidates.filter(isUntried)
  if (left.length === 0) return { type: 'exhausted' }
  const free = left.every(hasRoom) ? left : left.filter(hasRoom)
  if (free.length === 0) return { type: 'full' }
  const eligible = free.every(hasWeight) ? free : free.filter(hasWeight)
  return { type: 'picked', candidate: pool.policy(call, eligible.length > 0 ? eligible : free, random) }
}

const hasRoom = ({ endpoint }: Candidate) => endpoint.hasRoom
const hasWeight = ({ weight }: Candidate) => weight > 0
