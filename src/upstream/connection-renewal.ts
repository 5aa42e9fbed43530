/** How long a connection in use lives on average. */
const AGE_MS = 5 * 60_000

/**
 * Gives the connections to one host name an age. A connection in use is not closed by the runtime, so it would stay at
 * an address that the name no longer means, and a new address would get no traffic. The runtime does not report which
 * connection a request uses. So each request closes its connection with a probability, which is such that connections
 * reach the age on average, however many there are and however often they are used.
 */
export class ConnectionRenewal {
  #lastMs: number | undefined
  readonly #random: () => number

  constructor(random: () => number = Math.random) {
    this.#random = random
  }

  /** Whether a request that is sent now closes its connection. `inFlight`: requests there, this one included. */
  isDue(inFlight: number, nowMs: number): boolean {
    const sinceLastMs = nowMs - (this.#lastMs ?? nowMs)
    this.#lastMs = nowMs
    return sinceLastMs * inFlight > this.#random() * AGE_MS
  }
}
