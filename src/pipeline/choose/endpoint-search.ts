import { GatewayError } from '../../errors.ts'
import type { Candidate } from '../../routing/endpoint.ts'
import { isOutOfQuota } from '../../routing/health/classify-outcome.ts'
import { type Choices, type Pick, type Pool, pick } from '../../routing/pool.ts'
import { backoffMs, mayAskAgain, retriesAfter } from '../../routing/retry-rules.ts'
import type { FoundModel, Model } from '../../routing/table.ts'
import { admit } from './admit.ts'
import type { AttemptParts } from '../attempt/attempt.ts'
import { isOutOfAttempts } from './attempts-limit.ts'
import type { Call } from '../call/call.ts'
import { poolUnavailable } from './pool-unavailable.ts'
import { deadlineMs } from './deadline.ts'
import { pause } from './pause.ts'
import { promptTokens } from '../call/prompt-tokens.ts'

export interface EndpointParts extends AttemptParts {
  readonly random: () => number
}

/** Whom to ask. A place that had to be waited for is held: it is given back in the turn in which it is used. */
interface Found {
  readonly candidate: Candidate
  readonly isHeld: boolean
}

const isWell = ({ endpoint, modelHealth }: Candidate) => !endpoint.health.isImpaired && !modelHealth.isImpaired

const FULL = { type: 'full' } as const
const EXHAUSTED = { type: 'exhausted' } as const

/**
 * One call's way through a pool: whom it asks next, after what time, and when it gives up. Always an endpoint that it has
 * not asked yet; when there is none, one that may be asked again, after a pause.
 */
export class EndpointSearch {
  readonly #call: Call
  readonly #model: Model
  readonly #pool: Pool
  readonly #parts: EndpointParts
  /** Whether the call has nowhere else to go, so that it is worth waiting for a time that an upstream named. */
  readonly #waits: boolean
  #tried: Candidate[] = []
  /** Of those tried, the ones not to be asked again. */
  readonly #spent: Candidate[] = []
  /** When those who asked this call for time may be asked again. */
  readonly #notBefore = new Map<Candidate, number>()
  #last: GatewayError | undefined
  #failures = 0
  /** The next attempt is a retry that has not come out of the budget yet. */
  #needsRetryBudget = false
  #rounds = 0
  #isRoundNew = false
  #waitedMs = 0

  constructor(call: Call, { model }: FoundModel, pool: Pool, parts: EndpointParts, waits: boolean) {
    this.#call = call
    this.#model = model
    this.#pool = pool
    this.#parts = parts
    this.#waits = waits
  }

  /** Throws the last GatewayError when nobody is left to ask. */
  async next(): Promise<Found> {
    for (;;) {
      const picked = this.#pick()
      if (picked.type === 'draining') throw this.#last ?? poolUnavailable(this.#model.name, picked)
      if (picked.type === 'exhausted' || picked.type === 'backing-off') {
        await this.#nextRound(picked)
        continue
      }
      this.#isRoundNew = false
      this.#spendRetryBudget()
      if (picked.type === 'picked') return { candidate: picked.candidate, isHeld: false }
      const candidate = await admit(this.#call, this.#pool, () => this.#ask(), this.#last, this.#parts)
      return { candidate, isHeld: true }
    }
  }

  /** An endpoint was asked in vain. */
  tried(candidate: Candidate, error: GatewayError): void {
    this.#tried.push(candidate)
    if (!mayAskAgain(error.code) || isOutOfQuota(error)) this.#spent.push(candidate)
    const { retryAfterMs } = error.details
    if (retryAfterMs !== undefined) this.#notBefore.set(candidate, performance.now() + retryAfterMs)
  }

  /** Another endpoint that is well and has room for a second attempt; none where calls wait for room. */
  spareBeside({ endpoint }: Candidate): Candidate | undefined {
    if (this.#pool.queue.size > 0) return undefined
    const { candidates } = this.#pool
    const others = candidates.filter(
      (each) => each.endpoint !== endpoint && isWell(each) && !this.#tried.includes(each),
    )
    const picked = others.length === 0 ? EXHAUSTED : this.#ask({ ...this.#pool, candidates: others }, [])
    return picked.type === 'picked' ? picked.candidate : undefined
  }

  /** What was asked failed. Throws its error when another is not worth it or not allowed. */
  failed(error: GatewayError): void {
    this.#last = error
    this.#failures++
    this.#needsRetryBudget = true
    // Another provider of the pool may offer the field that this one does not.
    const isWorthAnother = error.retryable || error.code === 'unsupported_parameter'
    if (!isWorthAnother || this.#call.clientHasLeft) throw error
    if (this.#failures > this.#retriesAfter(error)) throw this.#withPoolRetryAfter(error)
    if (isOutOfAttempts(this.#call)) throw error
  }

  #retriesAfter({ code }: GatewayError): number {
    return this.#call.overrides.retries ?? retriesAfter(code, this.#model.retryRules)
  }

  #ask(pool: Choices = this.#pool, tried: readonly Candidate[] = this.#tried): Pick {
    const view = { promptTokens: promptTokens(this.#call), nowMs: performance.now() }
    return pick(pool, tried, view, this.#parts.random)
  }

  #pick(): Pick {
    const { candidates, queue } = this.#pool
    if (candidates.length === 1 && this.#tried.length > 0) return EXHAUSTED
    const picked = this.#ask()
    // Room that is there while others wait is theirs, unless this call has an endpoint left that they have tried.
    return picked.type === 'picked' && queue.size > 0 && !this.#last ? FULL : picked
  }

  /** A retry comes out of the pool's budget. */
  #spendRetryBudget(): void {
    if (!this.#needsRetryBudget) return
    this.#needsRetryBudget = false
    if (this.#pool.retries.spend()) return
    this.#call.span.limitExceeded('retry_budget')
    throw this.#last!
  }

  /** Nobody may be asked just now: waits until somebody may be asked again, if that is soon enough. */
  async #nextRound(closed: Pick): Promise<void> {
    const nowMs = performance.now()
    const again = this.#pool.candidates.filter((candidate) => this.#mayAskAgain(candidate, nowMs))
    const isStuck = this.#isRoundNew && closed.type === 'exhausted'
    if (again.length === 0 || isStuck) throw this.#error(closed)
    const restMs = Math.min(...again.map((candidate) => this.#restMs(candidate, nowMs)))
    const waitMs = restMs + backoffMs(this.#rounds++, this.#parts.random)
    if (!this.#mayWait(restMs, waitMs, nowMs)) throw this.#withPoolRetryAfter(this.#error(closed))
    this.#spendRetryBudget()
    await this.#wait(restMs, waitMs, closed)
    this.#tried = [...this.#spent]
    this.#isRoundNew = true
  }

  #mayAskAgain(candidate: Candidate, nowMs: number): boolean {
    return !this.#spent.includes(candidate) && candidate.endpoint.health.ownState(nowMs) !== 'draining'
  }

  /** How long an endpoint wants to be left alone. */
  #restMs(candidate: Candidate, nowMs: number): number {
    const { modelHealth } = candidate
    const untilMs = modelHealth.state(nowMs) === 'backing-off' ? modelHealth.untilMs! : 0
    return Math.max(0, untilMs - nowMs, (this.#notBefore.get(candidate) ?? 0) - nowMs)
  }

  /** Rests that upstreams want are bounded in all, and not waited for while another model can be asked. */
  #mayWait(restMs: number, waitMs: number, nowMs: number): boolean {
    if (nowMs + waitMs >= deadlineMs(this.#call, this.#model, this.#pool)) return false
    return restMs === 0 || (this.#waits && this.#waitedMs + waitMs <= this.#model.retryRules.maxWaitMs)
  }

  async #wait(restMs: number, waitMs: number, closed: Pick): Promise<void> {
    if (restMs === 0) return pause(this.#call, waitMs)
    const { backoffQueue } = this.#pool
    const bytes = this.#call.body.bytes.length
    if (!backoffQueue.enter(bytes)) throw this.#withPoolRetryAfter(this.#error(closed))
    this.#waitedMs += waitMs
    try {
      await pause(this.#call, waitMs)
    } finally {
      backoffQueue.leave(bytes)
    }
  }

  #error(closed: Pick): GatewayError {
    if (this.#last) return this.#last
    if (closed.type === 'backing-off') return poolUnavailable(this.#model.name, closed)
    throw new Error(`A search that asked nobody ended as ${closed.type}`)
  }

  /** With the time after which somebody of the pool may be asked again, instead of what the last one said of itself. */
  #withPoolRetryAfter(error: GatewayError): GatewayError {
    if (error.details.retryAfterMs === undefined) return error
    const nowMs = performance.now()
    const restMs = Math.min(...this.#pool.candidates.map((candidate) => this.#restMs(candidate, nowMs)))
    return error.with({ retryAfterMs: restMs > 0 ? restMs : undefined })
  }
}
