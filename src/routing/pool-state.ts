// What pools learn and count. It outlives configurations, so that a reload forgets nothing.
import type { Operation } from '../formats/apis/api.ts'
import { type AdmissionLimits, AdmissionQueue } from './admission/admission-queue.ts'
import { BackoffQueue } from './backoff-queue.ts'
import type { PolicyName } from './config.ts'
import type { Candidate, Endpoint } from './endpoint.ts'
import { type HedgeRules, Hedging } from './hedging.ts'
import { createPolicy } from './create-policy.ts'
import type { Policy } from './policy.ts'
import { ShareBudget } from './share-budget.ts'

/** What a configuration sets for a pool. */
export interface PoolRules {
  readonly admission: AdmissionLimits
  readonly endpoints: ReadonlySet<Endpoint>
  /** Undefined: hedging is off. */
  readonly hedge: HedgeRules | undefined
}

/** The state of a pool, and the rules that it takes when the configuration is applied. */
export interface PoolSettings {
  readonly key: string
  readonly state: PoolState
  /** With the set of endpoints that the queue has, if they are the same. */
  readonly rules: PoolRules
}

/** The queues, budgets, statistics and positions of the pool of one model and operation. */
export class PoolState {
  readonly queue: AdmissionQueue<Candidate>
  readonly retries = new ShareBudget()
  readonly backoffQueue = new BackoffQueue()
  readonly #policies = new Map<PolicyName, Policy>()
  #hedging: Hedging | undefined

  constructor({ admission, endpoints }: PoolRules) {
    this.queue = new AdmissionQueue(admission, endpoints)
  }

  /** The pool's own instance, since some policies keep state. */
  policy(name: PolicyName): Policy {
    let policy = this.#policies.get(name)
    if (!policy) this.#policies.set(name, (policy = createPolicy[name]()))
    return policy
  }

  hedging(rules: HedgeRules | undefined): Hedging | undefined {
    return rules && (this.#hedging ??= new Hedging(rules))
  }

  /** While hedging is off nothing is measured, so what was measured before is dropped. */
  configure({ admission, endpoints, hedge }: PoolRules): void {
    this.queue.configure(admission, endpoints)
    if (hedge) this.#hedging?.configure(hedge)
    else this.#hedging = undefined
  }
}

/** The states of a process, by model and operation: the same model in a new configuration has the same states. */
export class PoolStates {
  #states: ReadonlyMap<string, PoolState> = new Map()

  /** The state of a pool, or a new one. Nothing changes before `apply`. */
  prepare(model: string, operation: Operation, rules: PoolRules): PoolSettings {
    const key = `${operation} ${model}`
    const state = this.#states.get(key) ?? new PoolState(rules)
    const { endpoints } = state.queue
    const isUnchanged = endpoints === rules.endpoints || endpoints.symmetricDifference(rules.endpoints).size === 0
    return { key, state, rules: isUnchanged ? { ...rules, endpoints } : rules }
  }

  /** Changes the states to their new rules, and forgets those of other pools; calls that wait there keep their own reference. */
  apply(pools: readonly PoolSettings[]): void {
    for (const { state, rules } of pools) state.configure(rules)
    this.#states = new Map(pools.map(({ key, state }) => [key, state]))
  }
}
