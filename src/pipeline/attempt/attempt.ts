import type { Usage } from '../../chat/usage.ts'
import { asGatewayError, GatewayError } from '../../errors.ts'
import type { Api } from '../../formats/apis/api.ts'
import { wakeWaiters } from '../../routing/admission/wake-waiters.ts'
import type { OnDisconnect } from '../../routing/config.ts'
import type { Candidate } from '../../routing/endpoint.ts'
import { AttemptHealth } from '../../routing/fleet/attempt-health.ts'
import type { Pool } from '../../routing/pool.ts'
import type { AttemptSpan } from '../../telemetry/observer.ts'
import { asTransportError } from '../../upstream/send.ts'
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

/** What attempts share. */
export interface AttemptParts {
  readonly watchdog: Watchdog
  readonly detached: DetachedCalls
}

/** What an attempt is made for and with. */
export interface AttemptFacts {
  readonly role: AttemptRole
  readonly candidate: Candidate
  readonly api: Api | undefined
  readonly warnings: Warnings
  readonly pool: Pool
  readonly timeouts: AttemptTimeouts
  /** What happens to the attempt when the client disconnects. */
  readonly onDisconnect: OnDisconnect
  /** Attempts of the same call beside this one. */
  readonly race: Race<Attempt> | undefined
}

type Mutable<Type> = { -readonly [Key in keyof Type]: Type[Key] }

/**
 * One try at one endpoint: its place in the endpoint's count, its clock, and the abort that cuts it when a timeout expires
 * or the client disconnects. Ended exactly once, whatever happens. It alone writes its record.
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
  #cut: Promise<never> | undefined

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
    call.arrival.client.signal.addEventListener('abort', this.#leave)
    if (call.clientHasLeft) this.#controller.abort(clientClosed())
    candidate.endpoint.inFlight++
    this.#health = new AttemptHealth(candidate, promptTokens(call), startedMs)
    this.#watch.onStalled = (nowMs) => this.#health.stalled(nowMs)
    this.#watch.onCheck = (nowMs) => this.#giveUp(nowMs)
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

  /** Rejects when the attempt is cut, for waits that the abort itself would not end. Created when first needed. */
  get cut(): Promise<never> {
    if (!this.#cut) {
      const { promise, reject } = Promise.withResolvers<never>()
      promise.catch(() => {}) // it may be cut when nothing waits any more
      const { signal } = this.#controller
      if (signal.aborted) reject(signal.reason)
      else signal.addEventListener('abort', () => reject(signal.reason), { once: true })
      this.#cut = promise
    }
    return this.#cut
  }

  /** Status and headers came from the upstream. */
  headers(): void {
    this.#watch.headers()
    this.candidate.endpoint.reachability?.responded(performance.now())
  }

  /** Bytes came from the upstream. The first time ends the waiting. */
  event(nowMs: number): void {
    this.#watch.event(nowMs)
    if (this.#record.endedMs === undefined) {
      this.#health.received(nowMs)
      this.candidate.endpoint.reachability?.responded(nowMs)
    }
    this.#record.firstByteMs ??= nowMs
  }

  /** The client reads slowly: the upstream's silence does not count. */
  pause(): void {
    this.#watch.pause()
  }

  /** The first event of a stream. */
  firstEvent(nowMs: number): void {
    this.#watch.begin()
    this.event(nowMs)
    this.#health.answered(nowMs)
    this.#record.firstEventMs ??= nowMs
    this.#span.firstEvent?.(nowMs)
    learnFromBeginning(this.#call, this.#record, nowMs, this.#span)
  }

  /** There is a response for the client, and it is this attempt's. Throws when an attempt beside this one was first. */
  claim(): void {
    this.#race?.win(this)
    this.#record.isAnswer = true
  }

  /** Whatever broke the attempt, as an error: the reason of an abort counts more than how the runtime noticed it. */
  errorFrom(thrown: unknown): GatewayError {
    const { aborted, reason } = this.#controller.signal
    if (aborted) return asGatewayError(reason)
    return thrown instanceof GatewayError ? thrown : asTransportError(thrown)
  }

  /** What the response cost, as the upstream reports it. */
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

  /** Long before its timeout, when it is known that nothing will come. */
  #giveUp(nowMs: number): boolean {
    if (!isEndpointLost(this.candidate, this.#pool, this.#record.startedMs, nowMs)) return false
    this.#controller.abort(endpointLost())
    return true
  }

  readonly #leave = (): void => {
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
    this.#call.arrival.client.signal.removeEventListener('abort', this.#leave)
    if (error) this.#controller.abort(error) // what still comes of this attempt is not read
    this.#span.ended(record)
    learnFromEnd(this.#call, record, this.#pool, nowMs)
    wakeWaiters(this.candidate.endpoint, nowMs)
  }
}
