export interface BudgetOptions {
  /** What each call adds. */
  readonly perCall?: number
  /** What can be saved up. */
  readonly most?: number
  /** What is there at first. */
  readonly start?: number
}

/**
 * Keeps retries of a pool a small share of its calls, so that a pool that fails as a whole is not asked three times as
 * often just then; hedges likewise. Each call adds a tenth of a retry; the store is large enough for all calls in flight at
 * a server that dies. Source: the retry budgets of Twitter's Finagle.
 */
export class ShareBudget {
  /** What each call adds. */
  perCall: number
  readonly #most: number
  #left: number

  constructor({ perCall = 0.1, most = 100, start = most }: BudgetOptions = {}) {
    this.perCall = perCall
    this.#most = most
    this.#left = start
  }

  /** A call has come. */
  earn(): void {
    this.#left = Math.min(this.#most, this.#left + this.perCall)
  }

  /** Takes one out, if there is one. */
  spend(): boolean {
    if (this.#left < 1) return false
    this.#left--
    return true
  }
}
