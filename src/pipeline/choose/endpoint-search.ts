import { GatewayError } from '../../errors.ts'
import type { Candidate } from '../../routing/endpoint.ts'
import { isOutOfQuota } from '../../routing/health/classify-outcome.ts'
import { type Choices, type Pick, type Pool, pick } from '../../routing/pool.ts'
import { backoffMs, mayRetrySameEndpoint, retriesAfter } from '../../routing/retry-rules.ts'
import type { FoundModel, Model } from '../../routing/table.ts'
import { admit } from './admit.ts'
import type { AttemptParts } from '../attempt/attempt.ts'
import { isOutOfAttempts } from './attempts-limit.ts'
import type { Call } from '../call/call.ts'
import { NOT_IMPLEMENTED } from '../transcode/rejection.ts'
import { poolUnavailable } from './pool-unavailable.ts'
import { deadlineMs } from './deadline.ts'
import { pause } from './pause.ts'
import { promptTokens } from '../call/prompt-tokens.ts'

export interface EndpointParts extends AttemptParts {
  readonly random: () => number
}

/**
 * The endpoint to try. Capacity that the call had to wait for is reserved; it is released in the turn in which it is
 * used.
 */
interface FoundEndpoint {
  readonly candidate: Candidate
  readonly isReserved: boolean
}

const isHealthy = ({ endpoint, modelHealth }: Candidate) => !endpoint.health.isImpaired && !modelHealth.isImpaired

const FULL = { type: 'full' } as const
const EXHAUSTED = { type: 'exhausted' } as const

/**
 * One call's search through a pool: which endpoint is tried next, after what wait, and when the call gives up. Untried
 * endpoints come first. If there are none left, those that may be retried follow, after a wait.
 */
export class EndpointSearch {
  readonly #call: Call
  readonly #model: Model
  readonly #pool: Pool
  readonly #parts: EndpointParts
  /** Whether to wait for a retry time that an upstream named; false if the call has a fallback model. */
  readonly #waitsForUpstreams: boolean
  #tried: Candidate[] = []
  /** Tried endpoints that must not be retried. */
  readonly #excluded: Candidate[] = []
  /** When endpoints that named a retry time may be retried. */
  readonly #notBefore = new Map<Candidate, number>()
  #last: GatewayError | undefined
  #failures = 0
  /** Whether the next attempt is a retry that has not been charged to the retry budget yet. */
  #needsRetryBudget = false
  #rounds = 0
  #isRoundNew = false
  #waitedMs = 0

  constructor(call: Call, { model }: FoundModel, pool: Pool, parts: EndpointParts, waitsForUpstreams: boolean) {
    this.#call = call
    this.#model = model
    this.#pool = pool
    this.#parts = parts
    this.#waitsForUpstreams = waitsForUpstreams
  }

  /** The next endpoint. Throws the last GatewayError if there is none. */
  async next(): Promise<FoundEndpoint> {
    for (;;) {
      const picked = this.#pick()
      if (picked.type === 'draining') throw this.#last ?? poolUnavailable(this.#model.name, picked)
      if (picked.type === 'exhausted' || picked.type === 'backing-off') {
        await this.#nextRound(picked)
        continue
      }
      this.#isRoundNew = false
      this.#spendRetryBudget()
      if (picked.type === 'picked') return { candidate: picked.candidate, isReserved: false }
      const candidate = await admit(this.#call, this.#pool, () => this.#pickFrom(), this.#last, this.#parts)
      return { candidate, isReserved: true }
    }
  }

  /** Reports that an attempt at an endpoint failed. */
  tried(candidate: Candidate, error: GatewayError): void {
    this.#tried.push(candidate)
    if (!mayRetrySameEndpoint(error.code) || isOutOfQuota(error)) this.#excluded.push(candidate)
    if (error.status === NOT_IMPLEMENTED) this.#excludeKind(candidate)
    const { retryAfterMs } = error.details
    if (retryAfterMs !== undefined) this.#notBefore.set(candidate, performance.now() + retryAfterMs)
  }

  /** Other servers of the same kind lack the same. */
  #excludeKind({ provider: { type } }: Candidate): void {
    const same = this.#pool.candidates.filter(({ provider }) => provider.type === type)
    this.#tried.push(...same)
    this.#excluded.push(...same)
  }

  /** Another healthy endpoint with capacity for a second attempt; undefined if calls are waiting for capacity. */
  hedgeCandidate({ endpoint }: Candidate): Candidate | undefined {
    if (this.#pool.queue.size > 0) return undefined
    const { candidates } = this.#pool
    const others = candidates.filter(
      (each) => each.endpoint !== endpoint && isHealthy(each) && !this.#tried.includes(each),
    )
    const picked = others.length === 0 ? EXHAUSTED : this.#pickFrom({ ...this.#pool, candidates: others }, [])
    return picked.type === 'picked' ? picked.candidate : undefined
  }

  /**
   * Reports that the last endpoint failed, and its hedge if there was one. Throws the error if a retry is useless or
   * not allowed.
   */
  failed(error: GatewayError): void {
    this.#last = error
    this.#failures++
    this.#needsRetryBudget = true
    // Another provider of the pool may offer the field that this one does not.
    const isRetryable = error.retryable || error.code === 'unsupported_parameter'
    if (!isRetryable || this.#call.clientHasLeft) throw error
    if (this.#failures > this.#retriesAfter(error)) throw this.#withPoolRetryAfter(error)
    if (isOutOfAttempts(this.#call)) throw error
  }

  #retriesAfter({ code }: GatewayError): number {
    return this.#call.overrides.retries ?? retriesAfter(code, this.#model.retryRules)
  }

  #pickFrom(pool: Choices = this.#pool, tried: readonly Candidate[] = this.#tried): Pick {
    const view = { promptTokens: promptTokens(this.#call), nowMs: performance.now() }
    return pick(pool, tried, view, this.#parts.random)
  }

  #pick(): Pick {
    const { candidates, queue } = this.#pool
    if (candidates.length === 1 && this.#tried.length > 0) return EXHAUSTED
    const picked = this.#pickOrigin() ?? this.#pickFrom()
    // Free capacity belongs to the calls in the queue. A retry may take it: the queued calls may have tried that endpoint.
    return picked.type === 'picked' && queue.size > 0 && !this.#last ? FULL : picked
  }

  /** The endpoint that keeps what the request refers to, before others: it has the reasoning that they do not get. */
  #pickOrigin(): Pick | undefined {
    const origin = this.#call.stored?.origin
    if (!origin) return undefined
    const candidates = this.#pool.candidates.filter(({ endpoint }) => endpoint.key === origin.endpoint)
    if (candidates.every((candidate) => this.#tried.includes(candidate))) return undefined
    const picked = this.#pickFrom({ ...this.#pool, candidates })
    return picked.type === 'picked' ? picked : undefined
  }

  /** Charges a retry to the pool's retry budget. Throws the last error if the budget is used up. */
  #spendRetryBudget(): void {
    if (!this.#needsRetryBudget) return
    this.#needsRetryBudget = false
    if (this.#pool.retries.spend()) return
    this.#call.span.limitExceeded('retry_budget')
    throw this.#last!
  }

  /**
   * No endpoint can be tried now: waits until one can be retried. Throws if there is none, or the wait would be too
   * long.
   */
  async #nextRound(unavailable: Pick): Promise<void> {
    const nowMs = performance.now()
    const retryable = this.#pool.candidates.filter((candidate) => this.#mayRetry(candidate, nowMs))
    const isStuck = this.#isRoundNew && unavailable.type === 'exhausted'
    if (retryable.length === 0 || isStuck) throw this.#error(unavailable)
    const retryInMs = Math.min(...retryable.map((candidate) => this.#retryInMs(candidate, nowMs)))
    const waitMs = retryInMs + backoffMs(this.#rounds++, this.#parts.random)
    if (!this.#mayWait(retryInMs, waitMs, nowMs)) throw this.#withPoolRetryAfter(this.#error(unavailable))
    this.#spendRetryBudget()
    await this.#wait(retryInMs, waitMs, unavailable)
    this.#tried = [...this.#excluded]
    this.#isRoundNew = true
  }

  #mayRetry(candidate: Candidate, nowMs: number): boolean {
    return !this.#excluded.includes(candidate) && candidate.endpoint.health.ownState(nowMs) !== 'draining'
  }

  /** Milliseconds until an endpoint may be retried. */
  #retryInMs(candidate: Candidate, nowMs: number): number {
    const { modelHealth } = candidate
    const untilMs = modelHealth.state(nowMs) === 'backing-off' ? modelHealth.untilMs! : 0
    return Math.max(0, untilMs - nowMs, (this.#notBefore.get(candidate) ?? 0) - nowMs)
  }

  /** Waits for retry times of upstreams are bounded in total, and skipped if there is a fallback model. */
  #mayWait(retryInMs: number, waitMs: number, nowMs: number): boolean {
    if (nowMs + waitMs >= deadlineMs(this.#call, this.#model, this.#pool)) return false
    return retryInMs === 0 || (this.#waitsForUpstreams && this.#waitedMs + waitMs <= this.#model.retryRules.maxWaitMs)
  }

  async #wait(retryInMs: number, waitMs: number, unavailable: Pick): Promise<void> {
    if (retryInMs === 0) return pause(this.#call, waitMs)
    const { backoffQueue } = this.#pool
    const bytes = this.#call.body.bytes.length
    if (!backoffQueue.enter(bytes)) throw this.#withPoolRetryAfter(this.#error(unavailable))
    this.#waitedMs += waitMs
    try {
      await pause(this.#call, waitMs)
    } finally {
      backoffQueue.leave(bytes)
    }
  }

  #error(unavailable: Pick): GatewayError {
    if (this.#last) return this.#last
    if (unavailable.type === 'backing-off') return poolUnavailable(this.#model.name, unavailable)
    throw new Error(`An endpoint search ended as ${unavailable.type} before its first attempt`)
  }

  /** The error with the time after which any endpoint of the pool may be retried, instead of the last endpoint's own. */
  #withPoolRetryAfter(error: GatewayError): GatewayError {
    if (error.details.retryAfterMs === undefined) return error
    const nowMs = performance.now()
    const retryInMs = Math.min(...this.#pool.candidates.map((candidate) => this.#retryInMs(candidate, nowMs)))
    return error.with({ retryAfterMs: retryInMs > 0 ? retryInMs : undefined })
  }
}
