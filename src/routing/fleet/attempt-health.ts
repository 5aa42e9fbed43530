import type { GatewayError } from '../../errors.ts'
import type { Candidate } from '../endpoint.ts'
import type { AttemptFacts } from '../health/endpoint-health.ts'
import type { ModelHealth } from '../health/model-health.ts'
import { classifyOutcome } from '../health/classify-outcome.ts'

/**
 * Reports the events of one attempt to the health of its endpoint: `answered` at most once, then `completed` or
 * `failed` once.
 */
export class AttemptHealth implements AttemptFacts {
  readonly startedMs: number
  readonly model: ModelHealth | undefined
  hasBegun = false
  readonly #candidate: Candidate
  #pendingTokens: number

  constructor(candidate: Candidate, promptTokens: number, startedMs: number) {
    this.startedMs = startedMs
    this.model = candidate.isPattern ? undefined : candidate.modelHealth
    this.#candidate = candidate
    this.#pendingTokens = promptTokens
    const { endpoint } = candidate
    endpoint.picks++
    endpoint.pendingTokens += promptTokens
    endpoint.health.began(startedMs)
  }

  /** The first event of a stream was received. */
  answered(nowMs: number): void {
    if (this.hasBegun) return
    this.hasBegun = true
    this.#releasePendingTokens()
    this.#candidate.endpoint.health.answered(this, nowMs)
  }

  /** The stream began and has sent nothing for a long time. */
  stalled(nowMs: number): void {
    this.#candidate.endpoint.health.stalled(nowMs)
  }

  /** Data was received. */
  received(nowMs: number): void {
    this.#candidate.endpoint.health.received(nowMs)
  }

  /** The response is complete. */
  completed(nowMs: number): void {
    this.#releasePendingTokens()
    this.#candidate.endpoint.health.completed(this, nowMs)
  }

  failed(error: GatewayError, nowMs: number): void {
    this.#releasePendingTokens()
    const { endpoint } = this.#candidate
    if (classifyOutcome(error, this.hasBegun) !== 'nothing') endpoint.failures++
    endpoint.health.failed(this, error, nowMs)
  }

  #releasePendingTokens(): void {
    this.#candidate.endpoint.pendingTokens -= this.#pendingTokens
    this.#pendingTokens = 0
  }
}
