import { GatewayError } from '../../errors.ts'
import type { ConfiguredTimeouts, Provider } from '../../routing/endpoint.ts'
import type { Model } from '../../routing/table.ts'
import { formatDuration } from '../../units.ts'
import type { Expiry, Timeouts } from '../../upstream/watchdog.ts'
import type { Call } from '../call/call.ts'
import type { CallerTimeout } from '../call/caller-overrides.ts'
import type { Warnings } from '../call/warnings.ts'

/** What ran out: its code, and what the upstream did not do. */
const EXPIRIES = {
  connect: ['upstream_connect_timeout', 'could not be connected to within'],
  headers: ['upstream_headers_timeout', 'sent no response headers within'],
  firstEvent: ['upstream_first_event_timeout', 'did not begin to answer within'],
  idle: ['upstream_idle_timeout', 'fell silent in the middle of its answer for'],
  total: ['upstream_total_timeout', 'did not finish its answer within'],
} as const satisfies Record<Expiry, unknown>

/** A limit as it holds, and where it was set. */
interface Limit {
  readonly ms: number
  readonly where: string
  /** Shorter than the gateway's own would have been. */
  readonly isShortened: boolean
}

/**
 * The time that one attempt has: the model's limits, else the provider's, moved by the caller within bounds. What the
 * caller gives as a total is for the whole call: an attempt has what is left of it.
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

  /** Throws when nothing is left of the caller's time. */
  checkTimeLeft(): void {
    if (this.times.totalMs <= 0) throw this.errorFor('total')
  }

  /** The error of an attempt whose time has run out; it says which limit it was, and where to change it. */
  errorFor(expiry: Expiry): GatewayError {
    const [code, what] = EXPIRIES[expiry]
    const { ms, where, isShortened } = this.#limit(expiry)
    const message = `The upstream ${what} ${formatDuration(ms)} (${where}).`
    return new GatewayError(code, message, isShortened ? { isCallerTimeout: true } : {})
  }

  /** A whole answer shows nothing until it is there, so it has the time of all of it. */
  #timesFor(isStream: boolean): Timeouts {
    const { total, firstEvent } = this.#call.overrides.timeouts
    const times = isStream ? this.#configured : { ...this.#configured, headersMs: Infinity, firstEventMs: Infinity }
    if (!total && !firstEvent) return times
    if (total) this.#warnOf(total, 'total')
    if (isStream && firstEvent) this.#warnOf(firstEvent, 'firstEvent')
    const leftMs = total ? total.ms - (performance.now() - this.#call.arrival.arrivedMs) : Infinity
    return {
      ...times,
      firstEventMs: isStream ? this.#limit('firstEvent').ms : Infinity,
      totalMs: Math.min(leftMs, this.#limit('total').ms),
    }
  }

  #limit(expiry: Expiry): Limit {
    const ownMs = this.#configured[`${expiry}Ms`]
    const asked = expiry === 'total' || expiry === 'firstEvent' ? this.#call.overrides.timeouts[expiry] : undefined
    if (asked && asked.ms <= this.#mostMs(expiry))
      return { ms: asked.ms, where: `${asked.from} of the request`, isShortened: asked.ms < ownMs }
    const isRaised = asked !== undefined && this.#configured.callerMaxMs > ownMs
    return {
      ms: isRaised ? this.#configured.callerMaxMs : ownMs,
      where: this.#setting(isRaised ? 'callerMax' : expiry),
      isShortened: false,
    }
  }

  /** What a caller may ask for. */
  #mostMs(expiry: Expiry): number {
    return Math.max(this.#configured[`${expiry}Ms`], this.#configured.callerMaxMs)
  }

  #warnOf({ ms, from }: CallerTimeout, expiry: Expiry): void {
    if (ms > this.#mostMs(expiry))
      this.#warnings.add(`${from} was cut to ${formatDuration(this.#mostMs(expiry))}: more is not allowed here`)
  }

  #setting(name: Expiry | 'callerMax'): string {
    const isModels = this.#model.timeouts[`${name}Ms`] !== undefined
    return isModels
      ? `timeouts.${name} of the model ${JSON.stringify(this.#model.name)}`
      : `timeouts.${name} of the provider ${JSON.stringify(this.#provider.name)}`
  }
}
