import type { CheckOutcome } from '../../upstream/health-check.ts'

const MISSES_TO_DOWN = 2
const HITS_TO_RECOVER = 2

/** The result of active checks of an endpoint: down after two misses in a row, up again after two hits in a row. */
export class Liveness {
  #misses = 0
  #hits = 0
  #downUntilMs = -Infinity

  isDown(nowMs: number): boolean {
    return nowMs < this.#downUntilMs
  }

  get untilMs(): number {
    return this.#downUntilMs
  }

  reset(): void {
    this.#misses = 0
    this.#downUntilMs = -Infinity
  }

  /** Applies the result of another process. Returns whether the endpoint recovered. */
  applyReport(isDown: boolean, validMs: number, nowMs: number): boolean {
    const wasDown = this.isDown(nowMs)
    this.#downUntilMs = isDown ? nowMs + validMs : -Infinity
    return wasDown && !isDown
  }

  /** Applies a result. The state expires after `validMs`, in case checks stop. Returns whether the endpoint recovered. */
  checked(result: CheckOutcome['result'], validMs: number, nowMs: number): boolean {
    const wasDown = this.isDown(nowMs)
    this.#misses = result === 'miss' ? this.#misses + 1 : 0
    this.#hits = result === 'hit' ? this.#hits + 1 : 0
    if (wasDown ? this.#hits < HITS_TO_RECOVER && result !== 'impossible' : this.#misses >= MISSES_TO_DOWN) {
      this.#downUntilMs = nowMs + validMs
      return false
    }
    this.#downUntilMs = -Infinity
    return wasDown
  }
}
