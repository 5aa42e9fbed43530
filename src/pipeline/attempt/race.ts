import { GatewayError } from '../../errors.ts'

/** What can be cut when another is first. */
interface Runner {
  fail(error: GatewayError): void
}

/** Attempts of one call that run beside each other, of which one may answer. */
export class Race<Attempt extends Runner> {
  readonly #attempts: Attempt[] = []
  #winner: Attempt | undefined

  get winner(): Attempt | undefined {
    return this.#winner
  }

  enter(attempt: Attempt): void {
    this.#attempts.push(attempt)
  }

  /** The attempt has a response: the others are cut. Throws GatewayError `hedge_lost` when another was first. */
  win(attempt: Attempt): void {
    if (this.#winner) throw hedgeLost()
    this.#winner = attempt
    this.cutAllBut(attempt)
  }

  /** Ends every other attempt at once; it is not the fault of their endpoints. */
  cutAllBut(attempt: Attempt | undefined): void {
    for (const each of this.#attempts) if (each !== attempt) each.fail(hedgeLost())
  }
}

const hedgeLost = () => new GatewayError('hedge_lost', 'Another endpoint began to answer first.')
