const SLOW_START_MS = 45_000
/** Prompt tokens that an inference server processes in one step. */
const STEP_TOKENS = 8192
const STEPS = 4

/**
 * Limits the load of an endpoint that is new or has recovered: its caches are cold, and with no calls in flight it
 * looks idle.
 */
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

  /**
   * Whether it can take a call of `promptTokens` on top of `pendingTokens`: at first a tenth of four full steps,
   * growing to four.
   */
  admits(pendingTokens: number, promptTokens: number, nowMs: number): boolean {
    if (pendingTokens === 0 || this.isOver(nowMs)) return true
    const share = Math.max(0.1, (nowMs - this.#sinceMs!) / SLOW_START_MS)
    return pendingTokens + promptTokens <= share * STEPS * STEP_TOKENS
  }
}
