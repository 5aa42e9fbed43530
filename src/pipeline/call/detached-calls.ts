import { GatewayError } from '../../errors.ts'
import type { Call } from './call.ts'

type Abort = (error: GatewayError) => void

/** Calls whose client has disconnected while the response is still read to its end (`onDisconnect: finish`). */
export class DetachedCalls {
  readonly #calls = new Map<Call, Abort[]>()
  #ended: PromiseWithResolvers<void> | undefined

  /** `abort` ends an attempt of the call at once. */
  add(call: Call, abort: Abort): void {
    call.outcome.detach()
    this.#calls.set(call, [...(this.#calls.get(call) ?? []), abort])
  }

  /** The call has ended. */
  delete(call: Call): void {
    if (!this.#calls.delete(call) || this.#calls.size > 0) return
    this.#ended?.resolve()
    this.#ended = undefined
  }

  /** Resolves when no detached call is left. */
  ended(): Promise<void> {
    if (this.#calls.size === 0) return Promise.resolve()
    this.#ended ??= Promise.withResolvers()
    return this.#ended.promise
  }

  /** Aborts all of them, so that the process can stop. */
  abortAll(): void {
    const error = new GatewayError(
      'client_closed',
      'The client closed the connection, and the gateway stopped before the response was complete.',
    )
    for (const aborts of this.#calls.values()) for (const abort of aborts) abort(error)
  }
}
