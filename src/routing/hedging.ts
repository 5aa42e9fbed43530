import { LatencyQuantile } from './latency-quantile.ts'
import { ShareBudget } from './share-budget.ts'

/** How a model hedges; see `hedge` in the configuration. */
export interface HedgeRules {
  /** Milliseconds, or the 95th percentile of what was seen. */
  readonly after: number | 'p95'
  /** Hedges for each call. */
  readonly share: number
}

/** Before so many samples nobody knows what is slow. */
const LEAST_SAMPLES = 32
/** What a burst of slow calls may use at once, when nothing was hedged for long. */
const MOST_SAVED = 10
/** Prompts below 512 tokens are alike, and so are those above half a million. */
const SMALLEST = 9
const LARGEST = 19

/**
 * When a call of a pool has waited so long that a second endpoint should be asked, and whether that may be afforded. Prompts
 * are compared with prompts of their own length, in powers of two, and streams with streams: a long prompt is not slow
 * because it takes its time. Source: Dean, Barroso, "The Tail at Scale" (2013).
 */
export class Hedging {
  readonly budget: ShareBudget
  #after: number | 'p95'
  readonly #streams: LatencyQuantile[] = []
  readonly #whole: LatencyQuantile[] = []

  constructor({ after, share }: HedgeRules) {
    this.#after = after
    this.budget = new ShareBudget({ perCall: share, most: MOST_SAVED, start: 0 })
  }

  /** Takes the rules of another configuration. What was learned and the balance of the budget stay. */
  configure({ after, share }: HedgeRules): void {
    this.#after = after
    this.budget.perCall = share
  }

  /** How long to wait for the first event of a stream, or for a whole answer; undefined while that is not known. */
  delayMs(isStream: boolean, promptTokens: number): number | undefined {
    if (this.#after !== 'p95') return this.#after
    const seen = this.#of(isStream)[sizeOf(promptTokens)]
    return seen && seen.count >= LEAST_SAMPLES ? seen.at(0.95) : undefined
  }

  /** The first endpoint asked took so long; or at least so long, when the second was faster. */
  observe(isStream: boolean, promptTokens: number, ms: number): void {
    if (this.#after !== 'p95') return
    const all = this.#of(isStream)
    const seen = (all[sizeOf(promptTokens)] ??= new LatencyQuantile())
    seen.observe(ms)
  }

  #of(isStream: boolean): LatencyQuantile[] {
    return isStream ? this.#streams : this.#whole
  }
}

const sizeOf = (promptTokens: number): number =>
  Math.min(LARGEST, Math.max(SMALLEST, Math.ceil(Math.log2(Math.max(1, promptTokens))))) - SMALLEST
