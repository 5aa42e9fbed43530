import { LatencyQuantile } from './latency-quantile.ts'
import { ShareBudget } from './share-budget.ts'

/** The setting `hedge` of a model. */
export interface HedgeRules {
  /** Milliseconds, or the 95th percentile of the observed latencies. */
  readonly after: number | 'p95'
  /** Hedges per call, as a fraction. */
  readonly share: number
}

/** Below this number of samples the percentile is not meaningful, and nothing is hedged. */
const MIN_SAMPLES = 32
/** The hedges that can be saved up for a burst of slow calls. */
const MAX_SAVED = 10
/** Prompts are grouped by log2 of their tokens: all below 512 tokens together, and all above half a million. */
const MIN_SIZE = 9
const MAX_SIZE = 19

/**
 * Decides when a slow call of a pool is hedged at a second endpoint, and whether the budget allows it. Latencies are compared
 * only with those of prompts of similar length (in powers of two), and streams only with streams: a long prompt takes longer
 * without being slow. Source: Dean, Barroso, "The Tail at Scale" (2013).
 */
export class Hedging {
  readonly budget: ShareBudget
  #after: number | 'p95'
  readonly #streams: LatencyQuantile[] = []
  readonly #complete: LatencyQuantile[] = []

  constructor({ after, share }: HedgeRules) {
    this.#after = after
    this.budget = new ShareBudget({ perCall: share, max: MAX_SAVED, initial: 0 })
  }

  /** Takes the rules of another configuration. What was learned and the balance of the budget stay. */
  configure({ after, share }: HedgeRules): void {
    this.#after = after
    this.budget.perCall = share
  }

  /**
   * How long to wait for the first event of a stream, or for a complete response; undefined while too few samples
   * are known.
   */
  delayMs(isStream: boolean, promptTokens: number): number | undefined {
    if (this.#after !== 'p95') return this.#after
    const quantiles = this.#quantilesFor(isStream)[sizeOf(promptTokens)]
    return quantiles && quantiles.count >= MIN_SAMPLES ? quantiles.at(0.95) : undefined
  }

  /** Records the latency of the first attempt, or a lower bound of it if the hedge was faster. */
  observe(isStream: boolean, promptTokens: number, ms: number): void {
    if (this.#after !== 'p95') return
    const bySize = this.#quantilesFor(isStream)
    const quantiles = (bySize[sizeOf(promptTokens)] ??= new LatencyQuantile())
    quantiles.observe(ms)
  }

  #quantilesFor(isStream: boolean): LatencyQuantile[] {
    return isStream ? this.#streams : this.#complete
  }
}

const sizeOf = (promptTokens: number): number =>
  Math.min(MAX_SIZE, Math.max(MIN_SIZE, Math.ceil(Math.log2(Math.max(1, promptTokens))))) - MIN_SIZE
