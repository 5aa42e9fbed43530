const SLOW_START_MS = 45_000
/** What an inference server reads of prompts in one step. */
const STEP_TOKENS = 8192
const STEPS = 4

/** An endpoint that is new or back again: cold caches, and no calls in flight that would make it look busy. */
export class SlowStart {
  #sinceMs: number | undefined

  begin(nowMs: number): void {
    this.#sinceMs = nowMs
  }

  isOver(nowMs: number): boolean {
    if (this.#sinceMs !== undefined && nowMs - this.#sinceMs >= SLOW_START_MS) this.#sinceMs = undefined
    return this.#sinceMs === undefined
  }

  get untilMs(): number | undefined {
    return this.#sinceMs === undefined ? undefined : this.#sinceMs + SLOW_START_MS
  }

  /** Whether it may have a call of `promptTokens` on top of `pendingTokens`: from a tenth of four full steps up to four. */
  admits(pendingTokens: number, promptTokens: number, nowMs: number): boolean {
    if (pendingTokens === 0 || this.isOver(nowMs)) return true
    const share = Math.max(0.1, (nowMs - this.#sinceMs!) / SLOW_START_MS)
    return pendingTokens + promptTokens <= share * STEPS * STEP_TOKENS
  }
}
