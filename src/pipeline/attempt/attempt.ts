import type { Usage } from '../../chat/usage.ts'
import { asGatewayError, GatewayError } from '../../errors.ts'
import type { Api } from '../../formats/apis/api.ts'
import { wakeWaiters } from '../../routing/admission/wake-waiters.ts'
import type { OnDisconnect } from '../../routing/config.ts'
import type { Candidate } from '../../routing/endpoint.ts'
import { AttemptHealth } from '../../routing/fleet/attempt-health.ts'
import type { Pool } from '../../routing/pool.ts'
import type { AttemptSpan } from '../../telemetry/observer.ts'
import type { SecretFilter } from '../../schema/secret-filter.ts'
import { asTransportError } from '../../upstream/transport-error.ts'
import type { Expiry, Watch, Watchdog } from '../../upstream/watchdog.ts'
import type { AttemptRecord, AttemptRole } from '../call/attempt-record.ts'
import type { Call } from '../call/call.ts'
import { clientClosed } from '../call/client-closed.ts'
import type { DetachedCalls } from '../call/detached-calls.ts'
import { promptTokens } from '../call/prompt-tokens.ts'
import type { Warnings } from '../call/warnings.ts'
import type { AttemptTimeouts } from './attempt-timeouts.ts'
import { endpointLost, isEndpointLost } from './endpoint-lost.ts'
import { learnFromBeginning, learnFromEnd } from './learn.ts'
import type { Race } from './race.ts'
import { withoutSecrets } from './without-secrets.ts'

/** Parts that all attempts share. */
export interface AttemptParts {
  readonly watchdog: Watchdog
  readonly detached: DetachedCalls
}

/** The facts that an attempt starts with. */
export interface AttemptFacts {
  readonly role: AttemptRole
  readonly candidate: Candidate
  readonly api: Api | undefined
  readonly warnings: Warnings
  readonly pool: Pool
  readonly timeouts: AttemptTimeouts
  /** What happens to the attempt when the client disconnects. */
  readonly onDisconnect: OnDisconnect
  /** Attempts of the same call that run at the same time. */
  readonly race: Race<Attempt> | undefined
}

type Mutable<Type> = { -readonly [Key in keyof Type]: Type[Key] }

/**
 * One try at one endpoint: it counts in the endpoint's requests in flight, has timeouts, and is aborted when a timeout
 * expires or the client disconnects. It ends exactly once, and alone writes its record.
 */
export class Attempt {
  readonly onDisconnect: OnDisconnect
  readonly #call: Call
  readonly #record: Mutable<AttemptRecord>
  readonly #parts: AttemptParts
  readonly #pool: Pool
  readonly #race: Race<Attempt> | undefined
  readonly #span: AttemptSpan
  readonly #controller = new AbortController()
  readonly #watch: Watch
  readonly #health: AttemptHealth
  #aborted: Promise<never> | undefined
  /** Credentials of this attempt that are not in the configuration: tokens and signatures. */
  #sentSecrets: readonly string[] = []

  constructor(call: Call, facts: AttemptFacts, parts: AttemptParts) {
    const { role, candidate, api, warnings, pool, timeouts, onDisconnect, race } = facts
    const startedMs = performance.now()
    this.onDisconnect = onDisconnect
    this.#call = call
    this.#parts = parts
    this.#pool = pool
    this.#race = race
    this.#record = {
      role,
      candidate,
      api,
      model: call.choice.model,
      startedMs,
      warnings,
      firstByteMs: undefined,
      firstEventMs: undefined,
      endedMs: undefined,
      usage: undefined,
      error: undefined,
      isAnswer: false,
    }
    const expire = (expiry: Expiry) => this.#controller.abort(timeouts.errorFor(expiry))
    this.#watch = parts.watchdog.watch(timeouts.times, expire, candidate.endpoint.reachability)
    call.arrival.client.signal.addEventListener('abort', this.#onDisconnected)
    if (call.clientHasLeft) this.#controller.abort(clientClosed())
    candidate.endpoint.inFlight++
    this.#health = new AttemptHealth(candidate, promptTokens(call), startedMs)
    this.#watch.onStalled = (nowMs) => this.#health.stalled(nowMs)
    this.#watch.onCheck = (nowMs) => this.#abortIfLost(nowMs)
    call.attempts.add(this.#record)
    this.#span = call.span.attemptStarted(this.#record)
    race?.enter(this)
  }

  get candidate(): Candidate {
    return this.#record.candidate
  }

  get signal(): AbortSignal {
    return this.#controller.signal
  }

  /** Rejects when the attempt is aborted, for waits that do not take an abort signal. Created when first needed. */
  get aborted(): Promise<never> {
    if (!this.#aborted) {
      const { promise, reject } = Promise.withResolvers<never>()
      promise.catch(() => {}) // the attempt may be aborted when nothing awaits this
      const { signal } = this.#controller
      if (signal.aborted) reject(signal.reason)
      else signal.addEventListener('abort', () => reject(signal.reason), { once: true })
      this.#aborted = promise
    }
    return this.#aborted
  }

  /** Status and headers arrived from the upstream. */
  headers(): void {
    this.#watch.headers()
    this.candidate.endpoint.reachability?.responded(performance.now())
  }

  /** Bytes arrived from the upstream. The first ones end the wait for the upstream. */
  event(nowMs: number): void {
    this.#watch.event(nowMs)
    if (this.#record.endedMs === undefined) {
      this.#health.received(nowMs)
      this.candidate.endpoint.reachability?.responded(nowMs)
    }
    this.#record.firstByteMs ??= nowMs
  }

  /** The client reads slowly: stops the idle timeout until the next event. */
  pause(): void {
    this.#watch.pause()
  }

  /** The first event of the stream arrived. */
  firstEvent(nowMs: number): void {
    this.#watch.begin()
    this.event(nowMs)
    this.#health.answered(nowMs)
    this.#record.firstEventMs ??= nowMs
    this.#span.firstEvent?.(nowMs)
    learnFromBeginning(this.#call, this.#record, nowMs, this.#span)
  }

  /** Makes this attempt's response the client's. Throws GatewayError `hedge_lost` if a concurrent attempt was first. */
  claim(): void {
    this.#race?.win(this)
    this.#record.isAnswer = true
  }

  /**
   * The error that ended the attempt, without secrets that the upstream repeats in it. The reason of an abort takes
   * precedence over the error that the runtime threw.
   */
  errorFrom(thrown: unknown): GatewayError {
    const { aborted, reason } = this.#controller.signal
    if (aborted) return asGatewayError(reason)
    const error = thrown instanceof GatewayError ? thrown : asTransportError(thrown)
    return withoutSecrets(error, this.#call.arrival.snapshot.secrets.with(this.#sentSecrets))
  }

  /** Removes the credentials that were sent from text of the upstream that is no error. */
  get secrets(): SecretFilter {
    return this.candidate.provider.secrets.with(this.#sentSecrets)
  }

  /** These credentials were sent. */
  sent(secrets: readonly string[]): void {
    this.#sentSecrets = secrets
  }

  /** Records the token usage that the upstream reports. */
  count(usage: Usage | undefined): void {
    this.#record.usage = usage
  }

  succeed(): void {
    const { firstEventMs } = this.#record
    if (firstEventMs === undefined) learnFromBeginning(this.#call, this.#record, performance.now(), this.#span)
    this.#end(undefined)
  }

  fail(error: GatewayError): void {
    this.#end(error)
  }

  /** Aborts the attempt before its timeout, if its endpoint is known to be lost. */
  #abortIfLost(nowMs: number): boolean {
    if (!isEndpointLost(this.candidate, this.#pool, this.#record.startedMs, nowMs)) return false
    this.#controller.abort(endpointLost())
    return true
  }

  readonly #onDisconnected = (): void => {
    if (this.onDisconnect === 'cancel') this.#controller.abort(clientClosed())
    else this.#parts.detached.add(this.#call, (error) => this.#controller.abort(error))
  }

  #end(error: GatewayError | undefined): void {
    const record = this.#record
    if (record.endedMs !== undefined) return
    const nowMs = performance.now()
    if (error?.code !== 'hedge_lost') this.event(nowMs)
    record.endedMs = nowMs
    record.error = error
    this.candidate.endpoint.inFlight--
    if (error) this.#health.failed(error, nowMs)
    else this.#health.completed(nowMs)
    this.#parts.watchdog.release(this.#watch)
    this.#call.arrival.client.signal.removeEventListener('abort', this.#onDisconnected)
    if (error) this.#controller.abort(error) // the rest of its response is not read
    this.#span.ended(record)
    learnFromEnd(this.#call, record, this.#pool, nowMs)
    wakeWaiters(this.candidate.endpoint, nowMs)
  }
}
