import { GatewayError } from '../../errors.ts'
import type { ConfiguredTimeouts, Provider } from '../../routing/endpoint.ts'
import type { Model } from '../../routing/table.ts'
import { formatDuration } from '../../units.ts'
import type { Expiry, Timeouts } from '../../upstream/watchdog.ts'
import type { Call } from '../call/call.ts'
import type { CallerTimeout } from '../call/caller-overrides.ts'
import type { Warnings } from '../call/warnings.ts'

/** The error code of each timeout, and what the upstream failed to do. */
const EXPIRIES = {
  connect: ['upstream_connect_timeout', 'did not accept a connection within'],
  headers: ['upstream_headers_timeout', 'sent no response headers within'],
  firstEvent: ['upstream_first_event_timeout', 'did not send the first event of its stream within'],
  idle: ['upstream_idle_timeout', 'sent nothing more of its response for'],
  total: ['upstream_total_timeout', 'did not complete its response within'],
} as const satisfies Record<Expiry, unknown>

/** The timeout that applies, and where it was set. */
interface EffectiveTimeout {
  readonly ms: number
  readonly where: string
  /** Whether the client made it shorter than the configured timeout. */
  readonly isShortened: boolean
}

/**
 * The timeouts of one attempt: the model's, otherwise the provider's, changed by the client within bounds. A total that
 * the client sets is for the whole request: an attempt gets what is left of it.
 */
export class AttemptTimeouts {
  readonly times: Timeouts
  readonly #configured: ConfiguredTimeouts
  readonly #call: Call
  readonly #warnings: Warnings
  readonly #provider: Provider
  readonly #model: Model

  constructor(call: Call, isStream: boolean, provider: Provider, model: Model, warnings: Warnings) {
    this.#call = call
    this.#warnings = warnings
    this.#provider = provider
    this.#model = model
    this.#configured = { ...provider.timeouts, ...model.timeouts }
    this.times = this.#timesFor(isStream)
  }

  /** Throws if the client's total timeout has run out. */
  checkTimeLeft(): void {
    if (this.times.totalMs <= 0) throw this.errorFor('total')
  }

  /** The error of an attempt that timed out. It names the timeout, its value and where it was set. */
  errorFor(expiry: Expiry): GatewayError {
    const [code, failure] = EXPIRIES[expiry]
    const { ms, where, isShortened } = this.#effective(expiry)
    const message = `The upstream ${failure} ${formatDuration(ms)} (${where}).`
    return new GatewayError(code, message, isShortened ? { isCallerTimeout: true } : {})
  }

  /**
   * A response that is not streamed sends nothing until it is complete: only its total timeout applies, besides
   * connecting.
   */
  #timesFor(isStream: boolean): Timeouts {
    const { total, firstEvent } = this.#call.overrides.timeouts
    const times = isStream ? this.#configured : { ...this.#configured, headersMs: Infinity, firstEventMs: Infinity }
    if (!total && !firstEvent) return times
    if (total) this.#warnIfReduced(total, 'total')
    if (isStream && firstEvent) this.#warnIfReduced(firstEvent, 'firstEvent')
    const leftMs = total ? total.ms - (performance.now() - this.#call.arrival.arrivedMs) : Infinity
    return {
      ...times,
      firstEventMs: isStream ? this.#effective('firstEvent').ms : Infinity,
      totalMs: Math.min(leftMs, this.#effective('total').ms),
    }
  }

  #effective(expiry: Expiry): EffectiveTimeout {
    const configuredMs = this.#configured[`${expiry}Ms`]
    const requested = expiry === 'total' || expiry === 'firstEvent' ? this.#call.overrides.timeouts[expiry] : undefined
    if (requested && requested.ms <= this.#maxMs(expiry))
      return { ms: requested.ms, where: `${requested.from} of the request`, isShortened: requested.ms < configuredMs }
    const isRaised = requested !== undefined && this.#configured.callerMaxMs > configuredMs
    return {
      ms: isRaised ? this.#configured.callerMaxMs : configuredMs,
      where: this.#setting(isRaised ? 'callerMax' : expiry),
      isShortened: false,
    }
  }

  /** The longest timeout that a client may set. */
  #maxMs(expiry: Expiry): number {
    return Math.max(this.#configured[`${expiry}Ms`], this.#configured.callerMaxMs)
  }

  #warnIfReduced({ ms, from }: CallerTimeout, expiry: Expiry): void {
    if (ms > this.#maxMs(expiry))
      this.#warnings.add(
        `${from} was reduced to ${formatDuration(this.#maxMs(expiry))}, the longest timeout allowed here`,
      )
  }

  #setting(name: Expiry | 'callerMax'): string {
    const isModels = this.#model.timeouts[`${name}Ms`] !== undefined
    return isModels
      ? `timeouts.${name} of the model ${JSON.stringify(this.#model.name)}`
      : `timeouts.${name} of the provider ${JSON.stringify(this.#provider.name)}`
  }
}
