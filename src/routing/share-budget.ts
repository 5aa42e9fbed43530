export interface BudgetOptions {
  /** What each call adds to the budget. */
  readonly perCall?: number
  /** The largest balance. */
  readonly max?: number
  /** The balance at the start. */
  readonly initial?: number
}

/**
 * Limits the retries of a pool to a share of its calls, so that retries do not multiply the load on a pool that fails as a
 * whole; hedges likewise. By default each call adds a tenth of a retry. The balance can cover all calls in flight at a server
 * that dies. Source: the retry budgets of Twitter's Finagle.
 */
export class ShareBudget {
  /** What each call adds. */
  perCall: number
  readonly #max: number
  #balance: number

  constructor({ perCall = 0.1, max = 100, initial = max }: BudgetOptions = {}) {
    this.perCall = perCall
    this.#max = max
    this.#balance = initial
  }

  /** Adds the share of one call. */
  earn(): void {
    this.#balance = Math.min(this.#max, this.#balance + this.perCall)
  }

  /** Takes one retry or hedge from the budget; false if it is used up. */
  spend(): boolean {
    if (this.#balance < 1) return false
    this.#balance--
    return true
  }
}
