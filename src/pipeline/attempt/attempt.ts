import { asGatewayError, GatewayError } from '../../errors.ts'
import { wakeWaiters } from '../../routing/admission/wake-waiters.ts'
import type { Candidate } from '../../routing/endpoint.ts'
import { AttemptHealth } from '../../routing/health/attempt-health.ts'
import { expectedWorkMs } from '../../routing/peak-ewma.ts'
import type { Pool } from '../../routing/pool.ts'
import type { Telemetry } from '../../telemetry/telemetry.ts'
import { asTransportError } from '../../upstream/send.ts'
import type { Expiry, Watch, Watchdog } from '../../upstream/watchdog.ts'
import type { AttemptTimeouts } from './attempt-timeouts.ts'
import type { Call } from '../call/call.ts'
import { clientClosed } from '../call/client-closed.ts'
import { expectedWork } from '../call/expected-work.ts'
import { endpointLost, isEndpointLost } from './endpoint-lost.ts'
import { promptTokens } from '../call/prompt-tokens.ts'
import type { DetachedCalls } from '../call/detached-calls.ts'

/** What attempts share. */
export interface AttemptParts {
  readonly watchdog: Watchdog
  readonly telemetry: Telemetry
  readonly detached: DetachedCalls
}

/**
 * One try at one endpoint: its place in the endpoint's count, its clock, and the abort that cuts it when time runs out or
 * the client leaves. Ended exactly once, whatever happens.
 */
export class Attempt {
  readonly candidate: Candidate
  readonly #call: Call
  readonly #parts: AttemptParts
  readonly #pool: Pool
  readonly #controller = new AbortController()
  readonly #watch: Watch
  readonly #startedMs = performance.now()
  readonly #trial: AttemptHealth
  #firstEventMs: number | undefined
  #hasEnded = false
  #cut: Promise<never> | undefined

  constructor(call: Call, candidate: Candidate, limits: AttemptTimeouts, parts: AttemptParts, pool: Pool) {
    this.candidate = candidate
    this.#call = call
    this.#parts = parts
    this.#pool = pool
    const expire = (expiry: Expiry) => this.#controller.abort(limits.errorFor(expiry))
    this.#watch = parts.watchdog.watch(limits.times, expire, candidate.endpoint.reachability)
    call.request.signal.addEventListener('abort', this.#leave)
    if (call.clientHasLeft) this.#controller.abort(clientClosed())
    candidate.endpoint.inFlight++
    this.#trial = new AttemptHealth(candidate, promptTokens(call), this.#startedMs)
    this.#watch.onStalled = (nowMs) => this.#trial.stalled(nowMs)
    this.#watch.onCheck = (nowMs) => this.#giveUp(nowMs)
    call.attempts++
    call.candidate = candidate
    parts.telemetry.attemptStarted(candidate, call.model!)
  }

  get signal(): AbortSignal {
    return this.#controller.signal
  }

  /** Rejects when the attempt is cut, for waits that the abort itself would not end. Made when first asked for. */
  get cut(): Promise<never> {
    if (!this.#cut) {
      const { promise, reject } = Promise.withResolvers<never>()
      promise.catch(() => {}) // it may be cut when nobody waits any more
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

  /** Something came from the upstream. The first time ends the waiting. */
  event(nowMs: number): void {
    this.#watch.event(nowMs)
    if (!this.#hasEnded) {
      this.#trial.received(nowMs)
      this.candidate.endpoint.reachability?.responded(nowMs)
    }
    if (this.#firstEventMs !== undefined) return
    this.#firstEventMs = nowMs
    this.#call.upstreamMs += nowMs - this.#startedMs
  }

  /** The client is slow to read: the upstream's silence does not count. */
  pause(): void {
    this.#watch.pause()
  }

  /** The first event of a stream: from here the answer belongs to this attempt. */
  firstEvent(nowMs: number): void {
    this.#watch.begin()
    this.event(nowMs)
    this.#trial.answered(nowMs)
    this.#call.firstEventMs ??= nowMs - this.#startedMs
    this.#call.firstEventAtMs ??= nowMs
    this.#learn(nowMs, 0)
  }

  /** Whatever broke the attempt, as an error: the reason of an abort counts more than how the runtime noticed it. */
  errorFrom(thrown: unknown): GatewayError {
    const { aborted, reason } = this.#controller.signal
    if (aborted) return asGatewayError(reason)
    return thrown instanceof GatewayError ? thrown : asTransportError(thrown)
  }

  succeed(): void {
    if (this.#call.firstEventMs === undefined) this.#learn(performance.now(), this.#call.usage?.output ?? 0)
    this.#end(undefined)
  }

  fail(error: GatewayError): void {
    this.#end(error)
  }

  #learn(nowMs: number, outputTokens: number): void {
    const expected = expectedWorkMs(promptTokens(this.#call), outputTokens)
    const slowness = (nowMs - this.#startedMs) / expected
    this.candidate.slowness.observe(slowness, nowMs)
    this.#adapt(slowness, nowMs)
    wakeWaiters(this.candidate.endpoint, nowMs) // a limit may have risen, a cold endpoint may be ready for the next
  }

  /** It was cut while it had said nothing: it is slower than this, which is news only if it was thought to be faster. */
  #learnAtLeast(nowMs: number): void {
    const slowness = (nowMs - this.#startedMs) / expectedWorkMs(promptTokens(this.#call), 0)
    const known = this.candidate.slowness.at(nowMs)
    if (known !== undefined && slowness > known) this.candidate.slowness.observe(slowness, nowMs)
  }

  #adapt(slowness: number, nowMs: number): void {
    const { endpoint, upstreamModel } = this.candidate
    const { adaptive } = endpoint
    if (!adaptive) return
    const kind = this.#call.envelope?.stream ? upstreamModel : `${upstreamModel} whole`
    adaptive.observe({ kind, slowness, startedMs: this.#startedMs, nowMs, inFlight: endpoint.load })
    this.#parts.telemetry.endpointLimit(endpoint.id, endpoint.limit)
  }

  /** Long before its time is over, when it is known that nothing will come. */
  #giveUp(nowMs: number): boolean {
    if (!isEndpointLost(this.candidate, this.#pool, this.#startedMs, nowMs)) return false
    this.#controller.abort(endpointLost())
    return true
  }

  readonly #leave = (): void => {
    if (this.#call.onDisconnect === 'cancel') this.#controller.abort(clientClosed())
    else this.#parts.detached.add(this.#call, (error) => this.#controller.abort(error))
  }

  #end(error: GatewayError | undefined): void {
    if (this.#hasEnded) return
    this.#hasEnded = true
    const nowMs = performance.now()
    if (error?.code === 'hedge_lost') this.#learnAtLeast(nowMs)
    else this.event(nowMs)
    this.candidate.endpoint.inFlight--
    if (error) this.#trial.failed(error, nowMs)
    else this.#trial.completed(nowMs)
    this.#parts.watchdog.release(this.#watch)
    this.#call.request.signal.removeEventListener('abort', this.#leave)
    if (error) this.#controller.abort(error) // whatever still comes of this attempt, nobody will read it
    this.#parts.telemetry.attemptEnded(this.candidate, this.#call.model!, (nowMs - this.#startedMs) / 1000, error?.code)
    this.#giveBack(nowMs, error)
  }

  /** The place is free: what it was taken for is learned from, and whoever waits for it may have it. */
  #giveBack(nowMs: number, error: GatewayError | undefined): void {
    const { endpoint } = this.candidate
    if (error && TOO_MUCH.has(error.code)) endpoint.adaptive?.overloaded(this.#startedMs, nowMs)
    this.#pool.queue.workload.ended(expectedWork(this.#call), nowMs - this.#startedMs, this.#call.usage?.output)
    wakeWaiters(endpoint, nowMs)
  }
}

/** Errors by which an upstream says that it has more than it can do. */
const TOO_MUCH: ReadonlySet<string> = new Set(['upstream_rate_limited', 'upstream_overloaded'])
