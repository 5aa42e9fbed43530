import type { GatewayError } from '../../errors.ts'
import { type FallbackKind, fallbackKindOf, type Fallbacks } from '../../routing/fallbacks.ts'
import { type FoundModel, isSameModel } from '../../routing/table.ts'
import type { Call } from '../call/call.ts'

/** A fallback model, and the kind of the list that it was found in. */
export interface Fallback {
  readonly found: FoundModel
  readonly kind: FallbackKind
}

/**
 * The models that a call may try one after the other. Only the lists of the requested model apply, or those that the
 * client sent instead. No model is tried twice, so loops cannot happen.
 */
export class FallbackChain {
  readonly #call: Call
  readonly #lists: Fallbacks
  readonly #tried: FoundModel[]
  /** When the first of the rate-limited models may be retried. */
  #retryAtMs = Infinity

  constructor(call: Call, first: FoundModel) {
    this.#call = call
    this.#lists = { ...first.model.fallbacks, ...call.overrides.fallbacks }
    this.#tried = [first]
  }

  /** Whether a model is left for errors of the general kind. */
  get hasNext(): boolean {
    return this.#find('any') !== undefined
  }

  /** Takes the next model after this error; undefined if another model would not help, or none is left. */
  takeAfter(error: GatewayError): Fallback | undefined {
    const { retryAfterMs = Infinity } = error.details
    this.#retryAtMs = Math.min(this.#retryAtMs, performance.now() + retryAfterMs)
    const kind = fallbackKindOf(error)
    const found = kind && this.#find(kind)
    if (!kind || !found) return undefined
    this.#tried.push(found)
    return { found, kind }
  }

  /**
   * The error that ends the chain. Its `retryAfterMs` is at most the time until any model of the chain may be retried.
   */
  last(error: GatewayError): GatewayError {
    const retryInMs = Math.max(0, this.#retryAtMs - performance.now())
    return (error.details.retryAfterMs ?? 0) > retryInMs ? error.with({ retryAfterMs: retryInMs }) : error
  }

  #find(kind: FallbackKind): FoundModel | undefined {
    for (const name of this.#lists[kind]) {
      const found = this.#call.arrival.snapshot.table.find(name)
      if (found && !this.#tried.some((tried) => isSameModel(tried, found))) return found
    }
    return undefined
  }
}
