import type { GatewayError } from '../../errors.ts'
import type { Candidate } from '../endpoint.ts'
import type { AttemptFacts } from './endpoint-health.ts'
import type { ModelHealth } from './model-health.ts'
import { classifyOutcome } from './classify-outcome.ts'

/** What one attempt tells about the health of its endpoint: `answered` at most once, then `completed` or `failed` once. */
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

  /** The first event of a stream has come. */
  answered(nowMs: number): void {
    if (this.hasBegun) return
    this.hasBegun = true
    this.#forgetPrompt()
    this.#candidate.endpoint.health.answered(this, nowMs)
  }

  /** Its stream has begun and has been silent for long. */
  fellSilent(nowMs: number): void {
    this.#candidate.endpoint.health.fellSilent(nowMs)
  }

  /** A byte has come. */
  heard(nowMs: number): void {
    this.#candidate.endpoint.health.heard(nowMs)
  }

  /** The answer has come to its end. */
  completed(nowMs: number): void {
    this.#forgetPrompt()
    this.#candidate.endpoint.health.completed(this, nowMs)
  }

  failed(error: GatewayError, nowMs: number): void {
    this.#forgetPrompt()
    const { endpoint } = this.#candidate
    if (classifyOutcome(error, this.hasBegun) !== 'nothing') endpoint.failures++
    endpoint.health.failed(this, error, nowMs)
  }

  #forgetPrompt(): void {
    this.#candidate.endpoint.pendingTokens -= this.#pendingTokens
    this.#pendingTokens = 0
  }
}
