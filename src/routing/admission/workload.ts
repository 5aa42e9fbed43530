/** The expected size of a call, from its request. */
export interface ExpectedWork {
  readonly promptTokens: number
  /** The output limit in the request, if any. */
  readonly maxOutput: number | undefined
}

/** Smoothing factors. Outputs vary more than durations under load, so their average follows more slowly. */
const ALPHA = 0.1
const OUTPUT_ALPHA = 0.02

/** The cost of a pool's calls and how long they occupy a slot, learned from calls that ended. */
export class Workload {
  /** Expected output tokens of a call without an output limit. */
  #expectedOutput = 256
  #meanCost: number | undefined
  #meanMs: number | undefined

  /** The cost in tokens. Output counts twice, since it is generated token by token. */
  cost({ promptTokens, maxOutput = Infinity }: ExpectedWork): number {
    return promptTokens + 2 * Math.min(maxOutput, this.#expectedOutput)
  }

  /** An attempt freed its slot after `durationMs`. */
  ended(work: ExpectedWork, durationMs: number, outputTokens: number | undefined): void {
    this.#meanCost = movedTowards(this.#meanCost, this.cost(work), ALPHA)
    this.#meanMs = movedTowards(this.#meanMs, durationMs, ALPHA)
    if (outputTokens !== undefined) this.#expectedOutput += OUTPUT_ALPHA * (outputTokens - this.#expectedOutput)
  }

  /**
   * Milliseconds until `slots` busy slots have taken `ahead` tokens of work and one of them is free again; undefined before any
   * call ended. By Little's law, slots that are always busy free slots / duration of them per millisecond. A count of recent
   * endings would mistake an idle hour for slowness.
   */
  expectedWaitMs(ahead: number, slots: number): number | undefined {
    if (this.#meanMs === undefined || this.#meanCost === undefined || slots <= 0) return undefined
    return ((ahead / Math.max(1, this.#meanCost) + 1) * this.#meanMs) / slots
  }
}

const movedTowards = (mean: number | undefined, sample: number, alpha: number): number =>
  mean === undefined ? sample : mean + alpha * (sample - mean)
