import { PLAIN_TRANSPORT, type Transport } from '../upstream/transport.ts'
import type { Propagates } from '../providers/propagate.ts'
import type { SecretFilter } from '../schema/secret-filter.ts'
import type { Authorization } from '../providers/authorization.ts'
import type { ProviderType } from '../providers/provider.ts'
import type { CheckPlan } from '../upstream/health-check.ts'
import type { Reachability } from '../upstream/reachability.ts'
import type { Timeouts } from '../upstream/watchdog.ts'
import type { AdaptiveLimit } from './admission/adaptive-limit.ts'
import type { WaitingPool } from './admission/waiter.ts'
import { EndpointHealth, type HealthOptions } from './health/endpoint-health.ts'
import type { ModelHealth } from './health/model-health.ts'
import type { HealthChange } from './health/state.ts'
import { PeakEwma } from './peak-ewma.ts'

/** The timeouts of requests, and how far a client may extend them. */
export interface ConfiguredTimeouts extends Timeouts {
  /** The longest timeout that a client may request if it exceeds the configured one; 0: clients cannot extend timeouts. */
  readonly callerMaxMs: number
}

/** A provider as configured: its type, headers with the key, and timeouts. */
export interface Provider {
  readonly name: string
  readonly type: ProviderType
  readonly headers: Readonly<Record<string, string>>
  readonly apiVersion: string | undefined
  /** Adds authorization that is more than a fixed header; undefined where fixed headers suffice. */
  readonly authorization: Authorization | undefined
  readonly timeouts: ConfiguredTimeouts
  readonly propagates: Propagates
  /** Removes its own credentials from successful responses. */
  readonly secrets: SecretFilter
}

/** One address of a provider. It outlives configurations, so that a reload keeps count of the calls in flight. */
export class Endpoint {
  /** `provider/host:port`, or the provider's name alone when it has one well-known address. */
  readonly id: string
  readonly baseUrl: string
  maxConcurrency: number
  inFlight = 0
  /** Of those in flight, slots reserved for queued calls that were admitted and have not sent their attempt yet. */
  reserved = 0
  /** Calls that the other workers of this machine have in flight here, as of their last reports. */
  inFlightElsewhere = 0
  /** Queues whose calls wait for capacity here. */
  readonly waiting = new Set<WaitingPool>()
  /** Learns the concurrency limit; undefined unless adaptive concurrency is configured. */
  adaptive: AdaptiveLimit | undefined

  /** Estimated prompt tokens of the attempts in flight that have not returned a first event. */
  pendingTokens = 0
  /** Attempts since the start, and how many of them failed because of the endpoint. */
  picks = 0
  failures = 0
  /** The same of the other workers. */
  picksElsewhere = 0
  failuresElsewhere = 0
  readonly health: EndpointHealth
  /** How active checks are sent; undefined: its health is known from its calls only. */
  check: CheckPlan | undefined
  /** Whether a connection can be opened; undefined if a proxy opens the connections. */
  reachability: Reachability | undefined
  /** How connections are made. */
  transport: Transport = PLAIN_TRANSPORT

  constructor(id: string, baseUrl: string, maxConcurrency: number, health: HealthOptions) {
    this.id = id
    this.baseUrl = baseUrl
    this.maxConcurrency = maxConcurrency
    this.health = new EndpointHealth(health)
  }

  /** Identifies the endpoint in messages between workers: the same in each of them. */
  get key(): string {
    return `${this.id}|${this.baseUrl}`
  }

  /** In flight here, from all workers of this machine. */
  get load(): number {
    return this.inFlight + this.inFlightElsewhere
  }

  /** The concurrency limit: as configured, or the learned limit if that is lower. */
  get limit(): number {
    return this.adaptive ? Math.min(this.adaptive.limit, this.maxConcurrency) : this.maxConcurrency
  }

  get hasCapacity(): boolean {
    return this.load < this.limit
  }

  /** Reserves a slot for a call that is about to send its attempt. */
  reserve(): void {
    this.inFlight++
    this.reserved++
  }

  /** Releases a reserved slot, in the same turn in which the attempt occupies it. */
  release(): void {
    this.inFlight--
    this.reserved--
  }
}

/** An endpoint together with the model that is requested there. */
export class Candidate {
  readonly endpoint: Endpoint
  readonly provider: Provider
  /** The upstream's name for the model; `*` stands for the text that the wildcard matched in the client's model name. */
  readonly upstreamModel: string
  readonly weight: number
  readonly slowness: PeakEwma
  /** Backpressure and configuration errors that the endpoint returned for this model. */
  readonly modelHealth: ModelHealth

  constructor(endpoint: Endpoint, provider: Provider, upstreamModel: string, weight: number, slowness: PeakEwma) {
    this.endpoint = endpoint
    this.provider = provider
    this.upstreamModel = upstreamModel
    this.weight = weight
    this.slowness = slowness
    this.modelHealth = endpoint.health.model(upstreamModel)
  }

  get id(): string {
    return this.endpoint.id
  }

  /**
   * The load that policies see: a failing endpoint looks busier than it is. Otherwise it would attract calls by
   * failing fast.
   */
  get inFlight(): number {
    const { load, health } = this.endpoint
    return health.loadMultiplier === 1 ? load : (load + 1) * health.loadMultiplier - 1
  }

  /** Whether text from the client becomes part of the upstream's model name. */
  get isPattern(): boolean {
    return this.upstreamModel.includes('*')
  }
}

export interface RegistryOptions {
  readonly random?: () => number
  /** `isRemote`: another worker process detected the change. */
  readonly onChange?: (endpoint: Endpoint, change: HealthChange, isRemote: boolean) => void
}

/** The endpoints of a process, by address: the same address in a new configuration is the same endpoint. */
export class EndpointRegistry {
  readonly #endpoints = new Map<string, Endpoint>()
  /** By endpoint, then by the upstream's name of the model. */
  readonly #slowness = new Map<string, Map<string, PeakEwma>>()
  #inService: ReadonlySet<Endpoint> = new Set()
  readonly #random: () => number
  readonly #onChange: (endpoint: Endpoint, change: HealthChange, isRemote: boolean) => void

  constructor({ random = Math.random, onChange = () => {} }: RegistryOptions = {}) {
    this.#random = random
    this.#onChange = onChange
  }

  endpoint(id: string, baseUrl: string, maxConcurrency: number): Endpoint {
    const key = `${id}|${baseUrl}`
    let endpoint = this.#endpoints.get(key)
    if (!endpoint) this.#endpoints.set(key, (endpoint = this.#create(id, baseUrl, maxConcurrency)))
    endpoint.maxConcurrency = maxConcurrency
    return endpoint
  }

  /** The endpoint in service at this address, or a new one that `keepOnly` puts into service. */
  prepare(id: string, baseUrl: string): Endpoint {
    return this.#endpoints.get(`${id}|${baseUrl}`) ?? this.#create(id, baseUrl, Infinity)
  }

  #create(id: string, baseUrl: string, maxConcurrency: number): Endpoint {
    const onChange: HealthOptions['onChange'] = (change, isRemote) => this.#onChange(endpoint, change, isRemote)
    const endpoint = new Endpoint(id, baseUrl, maxConcurrency, { random: this.#random, onChange })
    return endpoint
  }

  byKey(key: string): Endpoint | undefined {
    return this.#endpoints.get(key)
  }

  all(): IterableIterator<Endpoint> {
    return this.#endpoints.values()
  }

  /** How slow an endpoint is for a model; hosted services serve several models at one address. */
  slowness(endpoint: Endpoint, upstreamModel: string): PeakEwma {
    let models = this.#slowness.get(endpoint.key)
    if (!models) this.#slowness.set(endpoint.key, (models = new Map()))
    let slowness = models.get(upstreamModel)
    if (!slowness) models.set(upstreamModel, (slowness = new PeakEwma()))
    return slowness
  }

  /** Removes endpoints that the configuration no longer names; calls still in flight there keep their own reference. */
  keepOnly(endpoints: ReadonlySet<Endpoint>, nowMs = 0): void {
    this.#warmUp(endpoints, nowMs)
    for (const endpoint of endpoints) this.#endpoints.set(endpoint.key, endpoint)
    for (const [key, endpoint] of this.#endpoints) if (!endpoints.has(endpoint)) this.#endpoints.delete(key)
    for (const key of this.#slowness.keys()) if (!this.#endpoints.has(key)) this.#slowness.delete(key)
  }

  /** Starts slow start for endpoints that were added by a reload. At the start of the process all are equally cold. */
  #warmUp(endpoints: ReadonlySet<Endpoint>, nowMs: number): void {
    const isStart = this.#inService.size === 0
    for (const endpoint of endpoints)
      if (!isStart && !this.#inService.has(endpoint)) endpoint.health.warmUp('new', nowMs)
    this.#inService = endpoints
  }
}
