import type { GatewayError } from '../../errors.ts'
import { Warnings } from './warnings.ts'

type Listener = (status: number) => void

/** How a request ends: written by the steps that answer it, read by those that report. */
export class Outcome {
  /** Of a response that no attempt made. */
  readonly warnings = new Warnings()
  #isStreaming = false
  #isDetached = false
  #failure: GatewayError | undefined
  #isSettled = false
  #listeners: Listener[] = []

  /** The response is a stream that settles the request when it ends. */
  get isStreaming(): boolean {
    return this.#isStreaming
  }

  /** The client has disconnected, and the response is read to its end all the same. */
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

  /** `listener` is called once, when the last byte has left, in the order of registration. It must not throw. */
  onSettled(listener: Listener): void {
    this.#listeners.push(listener)
  }

  /** The last byte has left with this status, 499 when the client left first. Only the first time counts. */
  settle(status: number): void {
    if (this.#isSettled) return
    this.#isSettled = true
    for (const listener of this.#listeners) listener(this.#isDetached ? 499 : status)
    this.#listeners = []
  }
}
