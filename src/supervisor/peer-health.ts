// The endpoints' health as the workers of one machine have observed it. Each worker reports its observations to the
// others.
import type { Endpoint } from '../routing/endpoint.ts'
import type { EndpointHealth } from '../routing/health/endpoint-health.ts'
import type { StateSource, SharedState } from '../routing/health/shared-state.ts'

/**
 * When a state was observed, in an order that is the same in all processes although their clocks differ. A worker
 * stamps an observation with the next number after all that it has received. Of equal numbers, that of the higher
 * worker is later.
 * Source: L. Lamport, Time, Clocks, and the Ordering of Events in a Distributed System, 1978
 */
export interface Stamp {
  readonly time: number
  readonly worker: number
}

export interface StampedState extends Stamp {
  /** The name of the StateSource: the breaker, or a model. */
  readonly name: string
  readonly state: SharedState
  /** Why the endpoint entered its state, and how long ago. */
  readonly reason: string
  readonly sinceMs: number
}

/** The latest stamp of a StateSource, and the source's version at that time. A higher version is an own observation. */
interface Known {
  readonly stamp: Stamp
  readonly version: number
}

export class PeerHealth {
  readonly #worker: number
  /** By the endpoint's health, so that an endpoint that a reload adds again starts without history. */
  readonly #known = new WeakMap<EndpointHealth, Map<string, Known>>()
  #time = 0

  /** Each process has its own number. */
  constructor(worker: number) {
    this.#worker = worker
  }

  /**
   * All known states of an endpoint, those of other workers included: they survive the exit of the worker that found
   * out.
   */
  publish({ health }: Endpoint, nowMs: number): StampedState[] {
    const { reason, atMs } = health.last
    return health.stateSources().flatMap((source) => {
      const stamp = this.#stampOf(health, source)
      return stamp ? [{ ...stamp, name: source.name, state: source.state(nowMs), reason, sinceMs: nowMs - atMs }] : []
    })
  }

  /** Applies the states that are newer than the known ones. Applying a state again has no effect. */
  apply({ health }: Endpoint, states: readonly StampedState[], receivedMs: number): void {
    if (states.length === 0) return
    const sources = new Map(health.stateSources().map((source) => [source.name, source]))
    for (const { name, time, worker, state, reason, sinceMs } of states) {
      const source = sources.get(name)
      if (!source) continue // a model of a configuration that this process does not run yet
      const own = this.#stampOf(health, source) // stamps a new own observation first: it was made before this arrived
      this.#time = Math.max(this.#time, time)
      if (own && !isLater({ time, worker }, own)) {
        if (isLater(own, { time, worker })) health.waitLonger(state, receivedMs)
        continue
      }
      health.applyState(state, { reason, sinceMs }, receivedMs)
      this.#knownOf(health).set(name, { stamp: { time, worker }, version: source.version })
    }
  }

  /** Lets another worker probe an endpoint whose probe was made by a worker that has exited. */
  workerGone({ health }: Endpoint, worker: number): void {
    const known = this.#knownOf(health).get(BREAKER)
    if (known?.stamp.worker === worker) health.breaker.probeLost()
  }

  /** Undefined if no process has observed anything yet. */
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
