import type { CheckOutcome } from '../../upstream/health-check.ts'

const MISSES = 2
const HITS = 2

/** What active checks say of an endpoint: two misses in a row and it is down, two hits and it is back. */
export class Liveness {
  #misses = 0
  #hits = 0
  #downUntilMs = 0

  isDown(nowMs: number): boolean {
    return nowMs < this.#downUntilMs
  }

  get untilMs(): number {
    return this.#downUntilMs
  }

  reset(): void {
    this.#misses = 0
    this.#downUntilMs = 0
  }

  /** What another process found out. Returns whether it came back. */
  applyReport(isDown: boolean, validMs: number, nowMs: number): boolean {
    const wasDown = this.isDown(nowMs)
    this.#downUntilMs = isDown ? nowMs + validMs : 0
    return wasDown && !isDown
  }

  /** Takes a result that counts for `validMs`: were checks to end, the mark would too. Returns whether it came back. */
  checked(result: CheckOutcome['result'], validMs: number, nowMs: number): boolean {
    const wasDown = this.isDown(nowMs)
    this.#misses = result === 'miss' ? this.#misses + 1 : 0
    this.#hits = result === 'hit' ? this.#hits + 1 : 0
    if (wasDown ? this.#hits < HITS && result !== 'impossible' : this.#misses >= MISSES) {
      this.#downUntilMs = nowMs + validMs
      return false
    }
    this.#downUntilMs = 0
    return wasDown
  }
}
