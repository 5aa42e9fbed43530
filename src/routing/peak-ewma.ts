/**
 * A moving average that rises at once and falls slowly: a sample above the average replaces it, a sample below pulls it down
 * by `alpha`. Without samples it decays with `halfLifeMs`, so that an endpoint that was slow once is tried again.
 * Source: the peak-sensitive EWMA of Twitter's Finagle.
 */
export class PeakEwma {
  readonly #alpha: number
  readonly #halfLifeMs: number
  #value: number | undefined
  #atMs = 0

  constructor(alpha = 0.1, halfLifeMs = 10_000) {
    this.#alpha = alpha
    this.#halfLifeMs = halfLifeMs
  }

  observe(sample: number, nowMs: number): void {
    const value = this.at(nowMs)
    this.#value = value === undefined || sample > value ? sample : value + this.#alpha * (sample - value)
    this.#atMs = nowMs
  }

  /** The decayed average; undefined before the first sample. */
  at(nowMs: number): number | undefined {
    if (this.#value === undefined) return undefined
    return this.#value * 0.5 ** (Math.max(0, nowMs - this.#atMs) / this.#halfLifeMs)
  }
}

/**
 * The expected duration of a call in milliseconds, so that a long prompt does not make its endpoint look slow: prefill of the
 * prompt and, for a complete response, decode of the output. Only the proportions matter.
 */
export const expectedWorkMs = (promptTokens: number, outputTokens: number): number =>
  100 + 0.01 * promptTokens + 15 * outputTokens
