import type { Authorization } from '../providers/authorization.ts'
import type { ProviderType } from '../providers/provider.ts'
import type { CheckPlan } from '../upstream/health-check.ts'
import type { Reach } from '../upstream/reach.ts'
import type { Timeouts } from '../upstream/watchdog.ts'
import type { AdaptiveLimit } from './admission/adaptive-limit.ts'
import type { AdmissionQueue } from './admission/admission-queue.ts'
import { EndpointHealth, type HealthOptions } from './health/endpoint-health.ts'
import type { ModelHealth } from './health/model-health.ts'
import type { HealthChange } from './health/state.ts'
import { PeakEwma } from './peak-ewma.ts'

/** The limits of calls, and how far a caller may move them. */
export interface ConfiguredTimeouts extends Timeouts {
  /** The longest time that a caller may ask for where the limit itself is shorter; 0 for none. */
  readonly callerMaxMs: number
}

/** A provider as configured: who answers, with which key and headers. */
export interface Provider {
  readonly name: string
  readonly type: ProviderType
  readonly headers: Readonly<Record<string, string>>
  readonly apiVersion: string | undefined
  /** Adds what a fixed header cannot say. */
  readonly authorization: Authorization | undefined
  readonly timeouts: ConfiguredTimeouts
}

/** One address that answers. It outlives configurations, so that a reload forgets no call in flight. */
export class Endpoint {
  /** `provider/host:port`, or the provider's name alone when it has one well-known address. */
  readonly id: string
  readonly baseUrl: string
  maxConcurrency: number
  inFlight = 0
  /** Of those in flight, places given to calls that waited and have not sent their attempt yet. */
  reserved = 0
  /** What the other workers of this machine have in flight here; at most as old as their reports. */
  inFlightElsewhere = 0
  /** Pools that have calls waiting for room here. */
  readonly waiting = new Set<AdmissionQueue>()
  /** Learns how many calls are good for it; undefined where nobody asked for that. */
  adaptive: AdaptiveLimit | undefined

  /** Prompt tokens, estimated, of attempts in flight that have not begun to answer. */
  pendingTokens = 0
  /** Attempts since the start, and how many of them the endpoint failed. */
  picks = 0
  failures = 0
  /** The same of the other workers. */
  picksElsewhere = 0
  failuresElsewhere = 0
  readonly health: EndpointHealth
  /** How it is asked whether it is well; undefined: by nothing but its calls. */
  check: CheckPlan | undefined
  /** Whether it can be connected to; undefined where the connection would not be ours to make. */
  reach: Reach | undefined

  constructor(id: string, baseUrl: string, maxConcurrency: number, health: HealthOptions) {
    this.id = id
    this.baseUrl = baseUrl
    this.maxConcurrency = maxConcurrency
    this.health = new EndpointHealth(health)
  }

  /** The same in every worker: where it is, so that they can speak of it. */
  get key(): string {
    return `${this.id}|${this.baseUrl}`
  }

  /** In flight here, whoever of this machine sent it. */
  get load(): number {
    return this.inFlight + this.inFlightElsewhere
  }

  /** Calls it may have in flight: as configured, or fewer when it has shown that they are too many. */
  get limit(): number {
    return this.adaptive ? Math.min(this.adaptive.limit, this.maxConcurrency) : this.maxConcurrency
  }

  get hasRoom(): boolean {
    return this.load < this.limit
  }

  /** Takes a place for a call that will send its attempt in a moment. */
  reserve(): void {
    this.inFlight++
    this.reserved++
  }

  /** Gives back a held place, in the turn in which the attempt takes it. */
  release(): void {
    this.inFlight--
    this.reserved--
  }
}

/** An endpoint as a place where one model may be asked for. */
export class Candidate {
  readonly endpoint: Endpoint
  readonly provider: Provider
  /** The upstream's name for the model; `*` stands for what the caller's own wildcard matched. */
  readonly upstreamModel: string
  readonly weight: number
  readonly slowness: PeakEwma
  /** What the endpoint said of calls for this model. */
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

  /** As policies see it: one that fails looks busier than it is, else it would attract calls by failing at once. */
  get inFlight(): number {
    const { load, health } = this.endpoint
    return health.handicap === 1 ? load : (load + 1) * health.handicap - 1
  }

  /** Whether the caller's words become part of the upstream's model. */
  get isPattern(): boolean {
    return this.upstreamModel.includes('*')
  }
}

export interface RegistryOptions {
  readonly random?: () => number
  readonly onChange?: (endpoint: Endpoint, change: HealthChange, isHeard: boolean) => void
}

/** The living endpoints of a process, by address: the same address in a new configuration is the same endpoint. */
export class EndpointRegistry {
  readonly #endpoints = new Map<string, Endpoint>()
  readonly #slowness = new Map<string, PeakEwma>()
  #inService: ReadonlySet<Endpoint> = new Set()
  readonly #random: () => number
  readonly #onChange: (endpoint: Endpoint, change: HealthChange, isHeard: boolean) => void

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
    const onChange: HealthOptions['onChange'] = (change, isHeard) => this.#onChange(endpoint, change, isHeard)
    const endpoint = new Endpoint(id, baseUrl, maxConcurrency, { random: this.#random, onChange })
    return endpoint
  }

  byKey(key: string): Endpoint | undefined {
    return this.#endpoints.get(key)
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
  keepOnly(endpoints: ReadonlySet<Endpoint>, nowMs = 0): void {
    this.#warmUp(endpoints, nowMs)
    for (const endpoint of endpoints) this.#endpoints.set(endpoint.key, endpoint)
    for (const [key, endpoint] of this.#endpoints) if (!endpoints.has(endpoint)) this.#endpoints.delete(key)
    const prefixes = [...this.#endpoints.keys()].map((key) => `${key}|`)
    for (const key of this.#slowness.keys())
      if (!prefixes.some((prefix) => key.startsWith(prefix))) this.#slowness.delete(key)
  }

  /** Those of the start are all equally cold; who joins them later is not to be filled at once. */
  #warmUp(endpoints: ReadonlySet<Endpoint>, nowMs: number): void {
    const isStart = this.#inService.size === 0
    for (const endpoint of endpoints)
      if (!isStart && !this.#inService.has(endpoint)) endpoint.health.warmUp('new', nowMs)
    this.#inService = endpoints
  }
}
