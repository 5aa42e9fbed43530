import type { Principal } from '../../access/authenticate.ts'
import type { CreateDecorator } from '../../chat/event-decorator.ts'
import { asGatewayError } from '../../errors.ts'
import type { CallSpan } from '../../telemetry/observer.ts'
import type { Arrival } from './arrival.ts'
import { Attempts } from './attempt-record.ts'
import type { CallBody } from './body.ts'
import type { CallerOverrides } from './caller-overrides.ts'
import { Outcome } from './outcome.ts'
import type { ResponseRecorder } from './response-recorder.ts'
import type { StoredInput } from './stored-input.ts'
import { upstreamMs, type Wait } from './upstream-time.ts'

/** The model that serves the request; after a fallback, not the requested one. */
export interface Choice {
  /** The configured name. */
  readonly model: string
  /** The arm, if a split chose the model. */
  readonly arm: string | undefined
}

/** The check of a body as it was received, before it is decompressed. */
export interface PayloadCheck {
  readonly maxBytes: number
  /** Throws GatewayError `invalid_api_key`. */
  readonly check: (received: Uint8Array) => void
}

/**
 * One client request and its state. Each part has one owner, and only the owner writes it (test/layers.test.ts has the
 * list). Reading a part before it is set throws: the steps are in the wrong order.
 */
export class Call {
  readonly arrival: Arrival
  readonly attempts = new Attempts()
  readonly outcome = new Outcome()
  #span: CallSpan | undefined
  #principal: Principal | undefined
  #body: CallBody | undefined
  /** What authenticates a signed request once its body has arrived. */
  payloadCheck: PayloadCheck | undefined
  #overrides: CallerOverrides | undefined
  #choice: Choice | undefined
  #stored: StoredInput | undefined
  #recorder: ResponseRecorder | undefined
  #decorators: readonly CreateDecorator[] = NONE
  #waits: readonly Wait[] = NONE

  constructor(arrival: Arrival) {
    this.arrival = arrival
  }

  /** Takes reports of what happens to the request, for log and metrics. */
  get span(): CallSpan {
    return this.#span ?? missing('span')
  }

  set span(span: CallSpan) {
    this.#span = span
  }

  get principal(): Principal {
    return this.#principal ?? missing('principal')
  }

  set principal(principal: Principal) {
    this.#principal = principal
  }

  get body(): CallBody {
    return this.#body ?? missing('body')
  }

  set body(body: CallBody) {
    this.#body = body
  }

  get overrides(): CallerOverrides {
    return this.#overrides ?? missing('overrides')
  }

  set overrides(overrides: CallerOverrides) {
    this.#overrides = overrides
  }

  get choice(): Choice {
    return this.#choice ?? missing('choice')
  }

  set choice(choice: Choice) {
    this.#choice = choice
  }

  /** Undefined for a request that ended before a model was chosen. */
  get choiceIfAny(): Choice | undefined {
    return this.#choice
  }

  /** What the request refers to; undefined for a request that contains everything itself. */
  get stored(): StoredInput | undefined {
    return this.#stored
  }

  set stored(stored: StoredInput) {
    this.#stored = stored
  }

  /** Takes the response as the client gets it; undefined unless it is stored. */
  get recorder(): ResponseRecorder | undefined {
    return this.#recorder
  }

  set recorder(recorder: ResponseRecorder) {
    this.#recorder = recorder
  }

  /**
   * Decorators read or change the response as canonical events. Without any, bytes in the client's format are forwarded
   * unchanged.
   */
  get decorators(): readonly CreateDecorator[] {
    return this.#decorators
  }

  decorate(create: CreateDecorator): void {
    this.#decorators = [...this.#decorators, create]
  }

  get clientHasLeft(): boolean {
    return this.arrival.client.signal.aborted
  }

  /** The request waited for upstreams without an attempt in flight: in a queue, or between attempts. */
  waited(startMs: number, endMs: number): void {
    this.#waits = [...this.#waits, [startMs, endMs]]
  }

  /**
   * Milliseconds up to now. `upstreamMs`: spent waiting for upstreams, over all attempts, up to the first event of a
   * stream. `overheadMs`: what the gateway itself has added since the body was complete.
   */
  durations(nowMs: number): { readonly upstreamMs: number; readonly overheadMs: number } {
    const waitedMs = upstreamMs(this.attempts.list, this.#waits)
    const sinceMs = this.#body?.readMs ?? this.arrival.arrivedMs
    return { upstreamMs: waitedMs, overheadMs: Math.max(0, nowMs - sinceMs - waitedMs) }
  }
}

const NONE: readonly never[] = []

function missing(part: string): never {
  throw asGatewayError(new Error(`The ${part} of a call was read before it was set.`))
}
