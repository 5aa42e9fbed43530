/**
 * Keeps retries of a pool a small share of its calls, so that a pool that fails as a whole is not asked three times as
 * often just then. Each call adds a tenth of a retry; the store is large enough for all calls in flight at a server
 * that dies. Source: the retry budgets of Twitter's Finagle.
 */
export class RetryBudget {
  static readonly #PER_CALL = 0.1
  static readonly #MOST = 100
  #left = RetryBudget.#MOST

  /** A call has come. */
  earn(): void {
    this.#left = Math.min(RetryBudget.#MOST, this.#left + RetryBudget.#PER_CALL)
  }

  /** Takes one retry out, if there is one. */
  spend(): boolean {
    if (this.#left < 1) return false
    this.#left--
    return true
  }
}
