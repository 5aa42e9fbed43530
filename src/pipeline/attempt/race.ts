import { GatewayError } from '../../errors.ts'

/** An attempt that can be aborted when another responds first. */
interface Abortable {
  fail(error: GatewayError): void
}

/** Concurrent attempts of one call, of which one may respond to the client. */
export class Race<Attempt extends Abortable> {
  readonly #attempts: Attempt[] = []
  #winner: Attempt | undefined

  get winner(): Attempt | undefined {
    return this.#winner
  }

  enter(attempt: Attempt): void {
    this.#attempts.push(attempt)
  }

  /** The attempt has a response: aborts the others. Throws GatewayError `hedge_lost` if another was first. */
  win(attempt: Attempt): void {
    if (this.#winner) throw hedgeLost()
    this.#winner = attempt
    this.abortOthers(attempt)
  }

  /** Aborts every other attempt. `hedge_lost` does not count as a failure of their endpoints. */
  abortOthers(attempt: Attempt | undefined): void {
    for (const each of this.#attempts) if (each !== attempt) each.fail(hedgeLost())
  }
}

const hedgeLost = () => new GatewayError('hedge_lost', 'Another endpoint responded first.')
