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
  /** `isHeard` when it was another process that found out. */
  readonly onChange: (change: HealthChange, isHeard: boolean) => void
}

/** Who keeps new calls away; the one does not take back what the other said. */
export type DrainedBy = 'configuration' | 'admin'

/** An attempt, as far as health is concerned; times are of the monotonic clock, in milliseconds. */
export interface AttemptFacts {
  readonly startedMs: number
  /** Undefined where the caller chose the upstream's model: what is said of it is not said to others. */
  readonly model: ModelHealth | undefined
  /** Whether the first event of a stream has come. */
  readonly hasBegun: boolean
}

/** A silent stream makes its endpoint the last choice for so long, or until a byte comes. */
const SILENT_MS = 60_000

type OwnState = Exclude<HealthState, 'misconfigured' | 'backing-off'>

/**
 * The health of one endpoint: what its attempts, its active checks and its operator say, as one state. The clock comes in
 * with every event, there are no timers: marks expire by themselves, all but an operator's drain.
 */
export class EndpointHealth {
  /** True while there may be something to consider; false spares every call the question. */
  isImpaired = false
  /** How many times busier than it is the endpoint looks to policies; 1 unless it failed lately. */
  handicap = 1
  readonly breaker: Breaker
  readonly changes = new Map<HealthState, number>()
  last: HealthChange = { state: 'ready', reason: 'It was never otherwise.', atMs: 0 }
  readonly #options: HealthOptions
  readonly #models = new Map<string, ModelHealth>()
  readonly #slowStart = new SlowStart()
  readonly #drains = new Set<DrainedBy>()
  readonly #liveness = new Liveness()
  #silentUntilMs = 0
  #answeredMs = -Infinity
  /** When it last answered a call of another process. */
  answeredElsewhereMs = -Infinity

  constructor(options: HealthOptions) {
    this.#options = options
    this.breaker = new Breaker(options.random)
  }

  /** Of one model there. */
  model(name: string): ModelHealth {
    let model = this.#models.get(name)
    if (!model) this.#models.set(name, (model = new ModelHealth(this.#options.random)))
    return model
  }

  /** Without what is known of single models. */
  ownState(nowMs: number): OwnState {
    if (this.#drains.size > 0) return 'draining'
    if (this.#liveness.isDown(nowMs)) return 'down'
    const breaker = this.breaker.state(nowMs)
    if (breaker !== 'closed') return breaker === 'open' ? 'open' : 'half-open'
    if (nowMs < this.#silentUntilMs) return 'suspect'
    return this.#slowStart.isOver(nowMs) ? 'ready' : 'warming'
  }

  /** As people are told: a model that is out shows, though others may be served. */
  state(nowMs: number): HealthState {
    const states = new Set<HealthState | undefined>([this.ownState(nowMs)])
    for (const model of this.#models.values()) states.add(model.state(nowMs))
    return healthStates.find((state) => states.has(state))!
  }

  /** When the state ends by itself, if nothing happens before; undefined for states that do not. */
  untilMs(nowMs: number): number | undefined {
    const state = this.state(nowMs)
    switch (state) {
      case 'down':
        return this.#liveness.untilMs
      case 'open':
        return this.breaker.untilMs
      case 'suspect':
        return this.#silentUntilMs
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

  /** Brings up to date what time alone has changed. */
  refresh(nowMs: number): void {
    this.#changed('its time was over', nowMs)
  }

  admits(pendingTokens: number, promptTokens: number, nowMs: number): boolean {
    return this.#slowStart.admits(pendingTokens, promptTokens, nowMs)
  }

  began(startedMs: number): void {
    if (this.isImpaired) this.breaker.began(startedMs)
  }

  /** The first event of a stream. */
  answered({ startedMs, model }: AttemptFacts, nowMs: number): void {
    this.#recovered(this.breaker.answered(startedMs, nowMs), nowMs)
    this.#succeeded(startedMs, model, nowMs)
  }

  /** The end of an answer. */
  completed({ startedMs, model, hasBegun }: AttemptFacts, nowMs: number): void {
    if (!hasBegun) this.#recovered(this.breaker.answered(startedMs, nowMs), nowMs)
    this.#recovered(this.breaker.completed(startedMs, nowMs, hasBegun), nowMs)
    this.#succeeded(startedMs, model, nowMs)
  }

  failed({ startedMs, model, hasBegun }: AttemptFacts, error: GatewayError, nowMs: number): void {
    const verdict = classifyOutcome(error, hasBegun)
    if (verdict === 'failure') this.breaker.failed(startedMs, nowMs)
    else if (verdict === 'broken') this.breaker.broke(startedMs, nowMs)
    else this.breaker.saidNothing(startedMs)
    if (verdict === 'misconfigured') model?.misconfigured(nowMs)
    if (verdict === 'backpressure')
      model?.backpressure({ retryAfterMs: error.details.retryAfterMs, isOutOfQuota: isOutOfQuota(error) }, nowMs)
    if (verdict !== 'nothing') this.#changed(`${verdict}, ${error.code} (${error.status})`, nowMs)
  }

  /** A stream of it has been silent for too long. */
  fellSilent(nowMs: number): void {
    this.#silentUntilMs = nowMs + SILENT_MS
    this.#changed('a stream fell silent', nowMs)
  }

  /** A byte came. Called for every chunk, so it costs nothing when nobody was silent. */
  heard(nowMs: number): void {
    if (this.#silentUntilMs === 0) return
    this.#silentUntilMs = 0
    this.#changed('it speaks again', nowMs)
  }

  /** The result of an active check, which counts for `validMs`. */
  checked(result: CheckOutcome['result'], detail: string, validMs: number, nowMs: number): void {
    this.#recovered(this.#liveness.checked(result, validMs, nowMs), nowMs)
    this.#changed(`active check: ${detail}`, nowMs)
  }

  /** The result of active checks that another process makes. */
  applyLiveness({ isDown, reason, validMs }: Omit<LivenessReport, 'key'>, nowMs: number): void {
    this.#recovered(this.#liveness.applyReport(isDown, validMs, nowMs), nowMs)
    this.#changed(reason, nowMs, nowMs)
  }

  /** Whether active checks say so. */
  isDown(nowMs: number): boolean {
    return this.#liveness.isDown(nowMs)
  }

  get downUntilMs(): number {
    return this.#liveness.untilMs
  }

  /** When it last answered a call of this process; -Infinity when it never did. */
  get answeredMs(): number {
    return this.#answeredMs
  }

  /** What of it learns by itself. */
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

  /** Takes over what another process said at `heardMs`, and why and how long before that. */
  applyState(state: SharedState, said: { readonly reason: string; readonly sinceMs: number }, heardMs: number): void {
    if (state.type === 'breaker') this.#recovered(this.breaker.applyState(state, heardMs), heardMs)
    else this.#models.get(state.model)?.applyState(state, heardMs)
    this.#changed(said.reason, heardMs, heardMs - said.sinceMs)
  }

  /** Was told, of something that is no news, that it asked somebody else for more time. */
  waitLonger(state: SharedState, heardMs: number): void {
    if (state.type === 'model' && state.state === 'backing-off')
      this.#models.get(state.model)?.waitLonger(state, heardMs)
  }

  /** True when it answered a call since then. */
  hasAnsweredSince(sinceMs: number): boolean {
    return Math.max(this.#answeredMs, this.answeredElsewhereMs) >= sinceMs
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

  /** Forgets what is held against it; only a drain stays. */
  reset(nowMs: number): void {
    this.breaker.reset()
    this.#liveness.reset()
    this.#silentUntilMs = 0
    for (const model of this.#models.values()) model.reset()
    this.#changed('reset by admin', nowMs)
  }

  /** A new endpoint beside others, or one that is back. */
  warmUp(reason: string, nowMs: number): void {
    this.#slowStart.begin(nowMs)
    this.#changed(reason, nowMs)
  }

  #recovered(isBack: boolean, nowMs: number): void {
    if (isBack) this.#slowStart.begin(nowMs)
  }

  #succeeded(startedMs: number, model: ModelHealth | undefined, nowMs: number): void {
    this.#answeredMs = nowMs
    model?.succeeded(startedMs, nowMs)
    if (this.isImpaired || this.last.state !== 'ready') this.#changed('it answered', nowMs)
  }

  /** `saidMs` is when it happened, where others learnt it. */
  #changed(reason: string, nowMs: number, saidMs?: number): void {
    this.handicap = this.breaker.handicap(nowMs)
    this.isImpaired = this.handicap > 1 || this.ownState(nowMs) !== 'ready'
    const state = this.state(nowMs)
    if (state === this.last.state) return
    this.last = { state, reason, atMs: saidMs ?? nowMs }
    this.changes.set(state, (this.changes.get(state) ?? 0) + 1)
    this.#options.onChange(this.last, saidMs !== undefined)
  }
}
