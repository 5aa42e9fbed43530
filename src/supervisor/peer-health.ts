// What the workers of one machine have learnt of the endpoints' health: who learns something tells the others.
import type { Endpoint } from '../routing/endpoint.ts'
import type { EndpointHealth } from '../routing/health/endpoint-health.ts'
import type { StateSource, SharedState } from '../routing/health/shared-state.ts'

/**
 * When something was said, in an order that all agree on though each has a clock of its own: whoever says something takes
 * the next number after all it has heard, and of equal numbers the later worker's counts.
 * Source: L. Lamport, Time, Clocks, and the Ordering of Events in a Distributed System, 1978
 */
export interface Stamp {
  readonly time: number
  readonly worker: number
}

export interface StampedState extends Stamp {
  /** Of what: the breaker, or a model. */
  readonly name: string
  readonly state: SharedState
  /** Why the endpoint came into its state, and how long ago. */
  readonly reason: string
  readonly sinceMs: number
}

/** The last that is known of one thing, and the version at which it was ours to say; see Learner. */
interface Known {
  readonly stamp: Stamp
  readonly version: number
}

export class PeerHealth {
  readonly #worker: number
  /** By the endpoint's health, so that one that a reload brings back begins anew. */
  readonly #known = new WeakMap<EndpointHealth, Map<string, Known>>()
  #time = 0

  /** Workers have numbers of their own. */
  constructor(worker: number) {
    this.#worker = worker
  }

  /** All that this process knows of an endpoint, whoever found out: it is the memory of those that die. */
  publish({ health }: Endpoint, nowMs: number): StampedState[] {
    const { reason, atMs } = health.last
    return health.stateSources().flatMap((source) => {
      const stamp = this.#stampOf(health, source)
      return stamp ? [{ ...stamp, name: source.name, state: source.state(nowMs), reason, sinceMs: nowMs - atMs }] : []
    })
  }

  /** Takes over what is newer than what is known here. Hearing the same again changes nothing. */
  apply({ health }: Endpoint, states: readonly StampedState[], heardMs: number): void {
    if (states.length === 0) return
    const sources = new Map(health.stateSources().map((source) => [source.name, source]))
    for (const { name, time, worker, state, reason, sinceMs } of states) {
      const source = sources.get(name)
      if (!source) continue // a model that a configuration to come will bring
      const ours = this.#stampOf(health, source) // what is new here was said before this was heard
      this.#time = Math.max(this.#time, time)
      if (ours && !isLater({ time, worker }, ours)) {
        if (isLater(ours, { time, worker })) health.waitLonger(state, heardMs)
        continue
      }
      health.applyState(state, { reason, sinceMs }, heardMs)
      this.#knownOf(health).set(name, { stamp: { time, worker }, version: source.version })
    }
  }

  /** What a worker was trying when it died, another may try. */
  workerGone({ health }: Endpoint, worker: number): void {
    const known = this.#knownOf(health).get(BREAKER)
    if (known?.stamp.worker === worker) health.breaker.probeLost()
  }

  /** Undefined when nobody has ever learnt anything. */
  #stampOf(health: EndpointHealth, { name, version }: StateSource): Stamp | undefined {
    const known = this.#knownOf(health).get(name)
    if (known ? known.version === version : version === 0) return known?.stamp
    const stamp = { time: ++this.#time, worker: this.#worker }
    this.#knownOf(health).set(name, { stamp, version })
    return stamp
  }

  #knownOf(health: EndpointHealth): Map<string, Known> {
    let known = this.#known.get(health)
    if (!known) this.#known.set(health, (known = new Map()))
    return known
  }
}

const BREAKER = 'breaker'

const isLater = (one: Stamp, other: Stamp): boolean =>
  one.time === other.time ? one.worker > other.worker : one.time > other.time
