import type { GatewayError } from '../../errors.ts'
import { type FallbackKind, fallbackKindOf, type Fallbacks } from '../../routing/fallbacks.ts'
import { type FoundModel, isSameModel } from '../../routing/table.ts'
import type { Call } from '../call/call.ts'

/** A model to ask instead, and the kind of the list that it was found in. */
export interface Fallback {
  readonly found: FoundModel
  readonly kind: FallbackKind
}

/**
 * The models that a call may ask one after the other. Only the lists of the first one count, or those that the caller sent
 * instead, and nobody is asked twice: there are no circles.
 */
export class FallbackChain {
  readonly #call: Call
  readonly #lists: Fallbacks
  readonly #asked: FoundModel[]
  /** When the first of those that want time may be asked again. */
  #againAtMs = Infinity

  constructor(call: Call, first: FoundModel) {
    this.#call = call
    this.#lists = { ...first.model.fallbacks, ...call.overrides.fallbacks }
    this.#asked = [first]
  }

  /** Whether there is a model left for failures of the general kind. */
  get hasNext(): boolean {
    return this.#find('any') !== undefined
  }

  /** The model to ask after this failure, which is then taken; undefined when another would not help, or there is none. */
  takeAfter(error: GatewayError): Fallback | undefined {
    const { retryAfterMs = Infinity } = error.details
    this.#againAtMs = Math.min(this.#againAtMs, performance.now() + retryAfterMs)
    const kind = fallbackKindOf(error)
    const found = kind && this.#find(kind)
    if (!kind || !found) return undefined
    this.#asked.push(found)
    return { found, kind }
  }

  /** The failure that ends the chain; who wants time wants no more than the model of the chain that is free first. */
  last(error: GatewayError): GatewayError {
    const restMs = Math.max(0, this.#againAtMs - performance.now())
    return (error.details.retryAfterMs ?? 0) > restMs ? error.with({ retryAfterMs: restMs }) : error
  }

  #find(kind: FallbackKind): FoundModel | undefined {
    for (const name of this.#lists[kind]) {
      const found = this.#call.arrival.snapshot.table.find(name)
      if (found && !this.#asked.some((asked) => isSameModel(asked, found))) return found
    }
    return undefined
  }
}
