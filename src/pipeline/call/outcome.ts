import type { GatewayError } from '../../errors.ts'
import { Warnings } from './warnings.ts'

type Listener = (status: number) => void

/** How a request ends: written by the steps that respond, read by those that report. */
export class Outcome {
  /** Warnings of a response that does not come from an attempt. */
  readonly warnings = new Warnings()
  #isStreaming = false
  #isDetached = false
  #failure: GatewayError | undefined
  #isSettled = false
  #listeners: Listener[] = []

  /** Whether the response is a stream; the request is then settled when the stream ends. */
  get isStreaming(): boolean {
    return this.#isStreaming
  }

  /** Whether the client has disconnected while the response is still read to its end. */
  get isDetached(): boolean {
    return this.#isDetached
  }

  get failure(): GatewayError | undefined {
    return this.#failure
  }

  startStream(): void {
    this.#isStreaming = true
  }

  detach(): void {
    this.#isDetached = true
  }

  fail(error: GatewayError): void {
    this.#failure = error
  }

  /**
   * Calls `listener` once, after the last byte is sent. Listeners run in the order of registration and must not throw.
   */
  onSettled(listener: Listener): void {
    this.#listeners.push(listener)
  }

  /**
   * The last byte was sent with this status; 499 if the client disconnected first. Only the first call has an effect.
   */
  settle(status: number): void {
    if (this.#isSettled) return
    this.#isSettled = true
    for (const listener of this.#listeners) listener(this.#isDetached ? 499 : status)
    this.#listeners = []
  }
}
