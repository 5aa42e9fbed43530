import type { ProviderType } from '../providers/provider.ts'
import type { TimeLimits } from '../upstream/watchdog.ts'
import type { AdaptiveLimit } from './admission/adaptive-limit.ts'
import type { AdmissionQueue } from './admission/admission-queue.ts'
import { PeakEwma } from './peak-ewma.ts'

/** A provider as configured: who answers, with which key and headers. */
export interface Provider {
  readonly name: string
  readonly type: ProviderType
  readonly headers: Readonly<Record<string, string>>
  readonly apiVersion: string | undefined
  readonly timeLimits: TimeLimits
}

/** One address that answers. It outlives configurations, so that a reload forgets no call in flight. */
export class Endpoint {
  /** `provider/host:port`, or the provider's name alone when it has one well-known address. */
  readonly id: string
  readonly baseUrl: string
  maxConcurrency: number
  inFlight = 0
  /** What the other workers of this machine have in flight here; at most as old as their reports. */
  elsewhere = 0
  /** Pools that have calls waiting for room here. */
  readonly waiting = new Set<AdmissionQueue>()
  /** Learns how many calls are good for it; undefined where nobody asked for that. */
  adaptive: AdaptiveLimit | undefined

  constructor(id: string, baseUrl: string, maxConcurrency: number) {
    this.id = id
    this.baseUrl = baseUrl
    this.maxConcurrency = maxConcurrency
  }

  /** The same in every worker: where it is, so that they can speak of it. */
  get key(): string {
    return keyOf(this.id, this.baseUrl)
  }

  /** In flight here, whoever of this machine sent it. */
  get load(): number {
    return this.inFlight + this.elsewhere
  }

  /** Calls it may have in flight: as configured, or fewer when it has shown that they are too many. */
  get limit(): number {
    return this.adaptive ? Math.min(this.adaptive.limit, this.maxConcurrency) : this.maxConcurrency
  }

  get hasRoom(): boolean {
    return this.load < this.limit
  }
}

const keyOf = (id: string, baseUrl: string): string => `${id}|${baseUrl}`

/** An endpoint as a place where one model may be asked for. */
export class Candidate {
  readonly endpoint: Endpoint
  readonly provider: Provider
  /** The upstream's name for the model; `*` stands for what the caller's own wildcard matched. */
  readonly upstreamModel: string
  readonly weight: number
  readonly slowness: PeakEwma

  constructor(endpoint: Endpoint, provider: Provider, upstreamModel: string, weight: number, slowness: PeakEwma) {
    this.endpoint = endpoint
    this.provider = provider
    this.upstreamModel = upstreamModel
    this.weight = weight
    this.slowness = slowness
  }

  get id(): string {
    return this.endpoint.id
  }

  get inFlight(): number {
    return this.endpoint.load
  }
}

/** The living endpoints of a process, by address: the same address in a new configuration is the same endpoint. */
export class EndpointRegistry {
  readonly #endpoints = new Map<string, Endpoint>()
  readonly #slowness = new Map<string, PeakEwma>()

  endpoint(id: string, baseUrl: string, maxConcurrency: number): Endpoint {
    const key = keyOf(id, baseUrl)
    let endpoint = this.#endpoints.get(key)
    if (!endpoint) this.#endpoints.set(key, (endpoint = new Endpoint(id, baseUrl, maxConcurrency)))
    endpoint.maxConcurrency = maxConcurrency
    return endpoint
  }

  all(): IterableIterator<Endpoint> {
    return this.#endpoints.values()
  }

  /** How slow an endpoint is at a model; hosted ones answer several at one address. */
  slowness(endpoint: Endpoint, upstreamModel: string): PeakEwma {
    const key = `${endpoint.key}|${upstreamModel}`
    let slowness = this.#slowness.get(key)
    if (!slowness) this.#slowness.set(key, (slowness = new PeakEwma()))
    return slowness
  }

  /** Forgets endpoints that no configuration names any more; calls still in flight there keep their own reference. */
  keepOnly(endpoints: ReadonlySet<Endpoint>): void {
    for (const [key, endpoint] of this.#endpoints) if (!endpoints.has(endpoint)) this.#endpoints.delete(key)
    const prefixes = [...this.#endpoints.keys()].map((key) => `${key}|`)
    for (const key of this.#slowness.keys())
      if (!prefixes.some((prefix) => key.startsWith(prefix))) this.#slowness.delete(key)
  }
}
