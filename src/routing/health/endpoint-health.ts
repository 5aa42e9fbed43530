import type { GatewayError } from '../../errors.ts'
import type { CheckOutcome } from '../../upstream/health-check.ts'
import { Breaker } from './breaker.ts'
import { Liveness } from './liveness.ts'
import type { StateSource, LivenessReport, SharedState } from './shared-state.ts'
import { ModelHealth } from './model-health.ts'
import { SlowStart } from './slow-start.ts'
import { type HealthChange, type HealthState, healthStates } from './state.ts'
import { isOutOfQuota, classifyOutcome } from './classify-outcome.ts'

export interface HealthOptions {
  /** A number in [0, 1). */
  readonly random: () => number
  /** `isRemote`: another process detected the change. */
  readonly onChange: (change: HealthChange, isRemote: boolean) => void
}

/** What drains the endpoint. Each source ends only its own drain. */
export type DrainedBy = 'configuration' | 'admin'

/** An attempt as health sees it; times are milliseconds of the monotonic clock. */
export interface AttemptFacts {
  readonly startedMs: number
  /** Undefined if the client chose the upstream's model name: errors about it must not affect other clients. */
  readonly model: ModelHealth | undefined
  /** Whether the first event of a stream was received. */
  readonly hasBegun: boolean
}

/** How long an endpoint is suspect after a stream stalled, unless data is received. */
const SUSPECT_MS = 60_000

type OwnState = Exclude<HealthState, 'misconfigured' | 'backing-off'>

/**
 * The health of one endpoint: one state from its attempts, its active checks and the operator's actions. There are no timers:
 * the time is an argument of every event. All states expire by themselves, except a drain.
 */
export class EndpointHealth {
  /** False if the endpoint is ready and has no failures: then calls need not evaluate its state. */
  isImpaired = false
  /** The factor by which policies see a higher load; 1 unless it failed recently. */
  loadMultiplier = 1
  readonly breaker: Breaker
  readonly changes = new Map<HealthState, number>()
  last: HealthChange = { state: 'ready', reason: 'initial state', atMs: 0 }
  readonly #options: HealthOptions
  readonly #models = new Map<string, ModelHealth>()
  readonly #slowStart = new SlowStart()
  readonly #drains = new Set<DrainedBy>()
  readonly #liveness = new Liveness()
  #suspectUntilMs = -Infinity
  #lastAnsweredMs = -Infinity
  /** When it last returned a response to another process. */
  answeredElsewhereMs = -Infinity

  constructor(options: HealthOptions) {
    this.#options = options
    this.breaker = new Breaker(options.random)
  }

  /** The health of one model at this endpoint. */
  model(name: string): ModelHealth {
    let model = this.#models.get(name)
    if (!model) this.#models.set(name, (model = new ModelHealth(this.#options.random)))
    return model
  }

  /** The state of the endpoint itself, without its models. */
  ownState(nowMs: number): OwnState {
    if (this.#drains.size > 0) return 'draining'
    if (this.#liveness.isDown(nowMs)) return 'down'
    const breaker = this.breaker.state(nowMs)
    if (breaker !== 'closed') return breaker === 'open' ? 'open' : 'half-open'
    if (nowMs < this.#suspectUntilMs) return 'suspect'
    return this.#slowStart.isOver(nowMs) ? 'ready' : 'warming'
  }

  /** The state that is reported: includes models that back off or are misconfigured, although others can be served. */
  state(nowMs: number): HealthState {
    const states = new Set<HealthState | undefined>([this.ownState(nowMs)])
    for (const model of this.#models.values()) states.add(model.state(nowMs))
    return healthStates.find((state) => states.has(state))!
  }

  /** When the state ends by itself; undefined for states that do not. */
  untilMs(nowMs: number): number | undefined {
    const state = this.state(nowMs)
    switch (state) {
      case 'down':
        return this.#liveness.untilMs
      case 'open':
        return this.breaker.untilMs
      case 'suspect':
        return this.#suspectUntilMs
      case 'warming':
        return this.#slowStart.untilMs
      case 'backing-off':
      case 'misconfigured':
        return Math.max(
          ...[...this.#models.values()].map((model) => (model.state(nowMs) === state ? model.untilMs! : 0)),
        )
      default:
        return undefined
    }
  }

  /** Applies changes of state that are due to time alone. */
  refresh(nowMs: number): void {
    this.#changed('the previous state expired', nowMs)
  }

  admits(pendingTokens: number, promptTokens: number, nowMs: number): boolean {
    return this.#slowStart.admits(pendingTokens, promptTokens, nowMs)
  }

  began(startedMs: number): void {
    if (this.isImpaired) this.breaker.began(startedMs)
  }

  /** The first event of a stream was received. */
  answered({ startedMs, model }: AttemptFacts, nowMs: number): void {
    this.#recovered(this.breaker.answered(startedMs, nowMs), nowMs)
    this.#succeeded(startedMs, model, nowMs)
  }

  /** A response is complete. */
  completed({ startedMs, model, hasBegun }: AttemptFacts, nowMs: number): void {
    if (!hasBegun) this.#recovered(this.breaker.answered(startedMs, nowMs), nowMs)
    this.#recovered(this.breaker.completed(startedMs, nowMs, hasBegun), nowMs)
    this.#succeeded(startedMs, model, nowMs)
  }

  failed({ startedMs, model, hasBegun }: AttemptFacts, error: GatewayError, nowMs: number): void {
    const outcome = classifyOutcome(error, hasBegun)
    if (outcome === 'failure') this.breaker.failed(startedMs, nowMs)
    else if (outcome === 'broken') this.breaker.streamBroke(startedMs, nowMs)
    else this.breaker.inconclusive(startedMs)
    if (outcome === 'misconfigured') model?.misconfigured(nowMs)
    if (outcome === 'backpressure')
      model?.backpressure({ retryAfterMs: error.details.retryAfterMs, isOutOfQuota: isOutOfQuota(error) }, nowMs)
    if (outcome !== 'nothing') this.#changed(`${outcome}, ${error.code} (${error.status})`, nowMs)
  }

  /** A stream has sent nothing for a long time. */
  stalled(nowMs: number): void {
    this.#suspectUntilMs = nowMs + SUSPECT_MS
    this.#changed('a stream stopped sending', nowMs)
  }

  /** Data was received. Called for every chunk, so it returns at once unless the endpoint is suspect. */
  received(nowMs: number): void {
    if (this.#suspectUntilMs === -Infinity) return
    this.#suspectUntilMs = -Infinity
    this.#changed('data received again', nowMs)
  }

  /** The result of an active check, which is valid for `validMs`. */
  checked(result: CheckOutcome['result'], detail: string, validMs: number, nowMs: number): void {
    this.#recovered(this.#liveness.checked(result, validMs, nowMs), nowMs)
    this.#changed(`active check: ${detail}`, nowMs)
  }

  /** The result of active checks that another process makes. */
  applyLiveness({ isDown, reason, validMs }: Omit<LivenessReport, 'key'>, nowMs: number): void {
    this.#recovered(this.#liveness.applyReport(isDown, validMs, nowMs), nowMs)
    this.#changed(reason, nowMs, nowMs)
  }

  /** Whether active checks found it down. */
  isDown(nowMs: number): boolean {
    return this.#liveness.isDown(nowMs)
  }

  get downUntilMs(): number {
    return this.#liveness.untilMs
  }

  /** When it last returned a response to this process; -Infinity if it never did. */
  get answeredMs(): number {
    return this.#lastAnsweredMs
  }

  /** The parts whose state is shared with other processes. */
  stateSources(): StateSource[] {
    const models = Array.from(this.#models, ([model, health]) => ({
      name: `model ${model}`,
      version: health.version,
      state: (nowMs: number) => ({ ...health.sharedState(nowMs), model }),
    }))
    const { breaker } = this
    return [
      { name: 'breaker', version: breaker.version, state: (nowMs: number) => breaker.sharedState(nowMs) },
      ...models,
    ]
  }

  /** Applies the state that another process sent at `receivedMs`; `change`: why the state changed, and how long ago. */
  applyState(
    state: SharedState,
    change: { readonly reason: string; readonly sinceMs: number },
    receivedMs: number,
  ): void {
    if (state.type === 'breaker') this.#recovered(this.breaker.applyState(state, receivedMs), receivedMs)
    else this.#models.get(state.model)?.applyState(state, receivedMs)
    this.#changed(change.reason, receivedMs, receivedMs - change.sinceMs)
  }

  /** Another process received a later `retry-after` for a state that is otherwise known: the later time applies. */
  waitLonger(state: SharedState, receivedMs: number): void {
    if (state.type === 'model' && state.state === 'backing-off')
      this.#models.get(state.model)?.waitLonger(state, receivedMs)
  }

  /** Whether it returned a response to any process since then. */
  hasAnsweredSince(sinceMs: number): boolean {
    return Math.max(this.#lastAnsweredMs, this.answeredElsewhereMs) >= sinceMs
  }

  drain(by: DrainedBy, nowMs: number): void {
    this.#drains.add(by)
    this.#changed(`drained by ${by}`, nowMs)
  }

  undrain(by: DrainedBy, nowMs: number): void {
    if (!this.#drains.delete(by)) return
    this.#recovered(this.#drains.size === 0, nowMs)
    this.#changed(`no longer drained by ${by}`, nowMs)
  }

  isDrainedBy(by: DrainedBy): boolean {
    return this.#drains.has(by)
  }

  /** Clears all failures and marks; only a drain stays. */
  reset(nowMs: number): void {
    this.breaker.reset()
    this.#liveness.reset()
    this.#suspectUntilMs = -Infinity
    for (const model of this.#models.values()) model.reset()
    this.#changed('reset by admin', nowMs)
  }

  /** Starts slow start, for an endpoint that was added or has recovered. */
  warmUp(reason: string, nowMs: number): void {
    this.#slowStart.begin(nowMs)
    this.#changed(reason, nowMs)
  }

  #recovered(isBack: boolean, nowMs: number): void {
    if (isBack) this.#slowStart.begin(nowMs)
  }

  #succeeded(startedMs: number, model: ModelHealth | undefined, nowMs: number): void {
    this.#lastAnsweredMs = nowMs
    model?.succeeded(startedMs, nowMs)
    if (this.isImpaired || this.last.state !== 'ready') this.#changed('response received', nowMs)
  }

  /** `remoteMs`: when it happened, if another process detected it. */
  #changed(reason: string, nowMs: number, remoteMs?: number): void {
    this.loadMultiplier = this.breaker.loadMultiplier(nowMs)
    this.isImpaired = this.loadMultiplier > 1 || this.ownState(nowMs) !== 'ready'
    const state = this.state(nowMs)
    if (state === this.last.state) return
    this.last = { state, reason, atMs: remoteMs ?? nowMs }
    this.changes.set(state, (this.changes.get(state) ?? 0) + 1)
    this.#options.onChange(this.last, remoteMs !== undefined)
  }
}
