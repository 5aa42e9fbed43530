import { GatewayError } from '../../errors.ts'
import type { Attempt } from '../attempt/attempt.ts'
import type { Call } from '../call/call.ts'

interface Runner {
  readonly attempt: Attempt
  readonly startedMs: number
  /** What is to be said of this attempt's answer. */
  readonly warnings: string[] | undefined
}

/** Attempts of one call that run beside each other, and of which one may answer. */
export class Race {
  readonly #call: Call
  readonly #runners: Runner[] = []
  #winner: Attempt | undefined

  constructor(call: Call) {
    this.#call = call
  }

  /** Who has won, if anybody has. */
  get winner(): Attempt | undefined {
    return this.#winner
  }

  enter(attempt: Attempt): void {
    this.#runners.push({ attempt, startedMs: performance.now(), warnings: this.#call.warnings })
  }

  /** The attempt has something to answer with: it is the call's, and the others are cut. Throws when another was first. */
  win(attempt: Attempt): void {
    if (this.#winner) throw hedgeLost()
    this.#winner = attempt
    const { startedMs, warnings } = this.#runners.find((runner) => runner.attempt === attempt)!
    this.#call.candidate = attempt.candidate
    this.#call.warnings = warnings
    this.#call.upstreamMs += startedMs - this.#runners[0]!.startedMs // the others were waited for before it ran
    this.cutAllBut(attempt)
  }

  /** Ends every other attempt at once; it is not their endpoints' fault. */
  cutAllBut(attempt: Attempt | undefined): void {
    for (const runner of this.#runners) if (runner.attempt !== attempt) runner.attempt.fail(hedgeLost())
  }
}

const hedgeLost = () => new GatewayError('hedge_lost', 'Another endpoint began to answer first.')
