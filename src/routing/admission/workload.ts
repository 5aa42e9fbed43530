/** What one call asks for, as far as it is known before it is answered. */
export interface ExpectedWork {
  readonly promptTokens: number
  /** The caller's own cap on output. */
  readonly maxOutput: number | undefined
}

/** How fast the average follows; outputs vary more than durations do under load. */
const ALPHA = 0.1
const OUTPUT_ALPHA = 0.02

/** What the calls of a pool cost and how long they hold their places; learned from those that ended. */
export class Workload {
  /** Tokens of an answer that says nothing of its length. */
  #expectedOutput = 256
  #meanCost: number | undefined
  #meanMs: number | undefined

  /** Tokens of work: output counts twice, since it is made one at a time. */
  cost({ promptTokens, maxOutput = Infinity }: ExpectedWork): number {
    return promptTokens + 2 * Math.min(maxOutput, this.#expectedOutput)
  }

  /** An attempt gave its place back after `durationMs`. */
  ended(demand: ExpectedWork, durationMs: number, outputTokens: number | undefined): void {
    this.#meanCost = towards(this.#meanCost, this.cost(demand), ALPHA)
    this.#meanMs = towards(this.#meanMs, durationMs, ALPHA)
    if (outputTokens !== undefined) this.#expectedOutput += OUTPUT_ALPHA * (outputTokens - this.#expectedOutput)
  }

  /**
   * Milliseconds until `places` busy places have taken `ahead` tokens of work and one of them is free again; undefined
   * before anything ended. By Little's law: places that are always taken give back places / duration of them in a
   * millisecond. A count of recent endings would mistake an idle hour for slowness.
   */
  waitMs(ahead: number, places: number): number | undefined {
    if (this.#meanMs === undefined || this.#meanCost === undefined || places <= 0) return undefined
    return ((ahead / Math.max(1, this.#meanCost) + 1) * this.#meanMs) / places
  }
}

const towards = (mean: number | undefined, sample: number, alpha: number): number =>
  mean === undefined ? sample : mean + alpha * (sample - mean)
