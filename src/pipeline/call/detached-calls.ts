import { GatewayError } from '../../errors.ts'
import type { Call } from './call.ts'

type Cut = (error: GatewayError) => void

/** Calls whose client has left while their answer is read to its end all the same (`onDisconnect: finish`). */
export class DetachedCalls {
  readonly #calls = new Map<Call, Cut[]>()
  #ended: PromiseWithResolvers<void> | undefined

  /** `cut` ends an attempt of the call at once. */
  add(call: Call, cut: Cut): void {
    call.outcome.detach()
    this.#calls.set(call, [...(this.#calls.get(call) ?? []), cut])
  }

  /** The call has ended. */
  delete(call: Call): void {
    if (!this.#calls.delete(call) || this.#calls.size > 0) return
    this.#ended?.resolve()
    this.#ended = undefined
  }

  /** Resolves when the last of them has ended. */
  ended(): Promise<void> {
    if (this.#calls.size === 0) return Promise.resolve()
    this.#ended ??= Promise.withResolvers()
    return this.#ended.promise
  }

  /** Ends them all: the process does not live on for them. */
  cut(): void {
    const error = new GatewayError(
      'client_closed',
      'The client closed the connection, and then the gateway had to end.',
    )
    for (const cuts of this.#calls.values()) for (const cut of cuts) cut(error)
  }
}
