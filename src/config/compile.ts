// From a validated configuration to the snapshot that calls run on.
import type { MasterKey } from '../access/master-key.ts'
import { type Operation, OPERATIONS } from '../formats/apis/api.ts'
import type { Snapshot } from '../pipeline/call/snapshot.ts'
import { Authorizations } from '../providers/authorizations.ts'
import { providerType } from '../providers/index.ts'
import { operationsOf, type ProviderType } from '../providers/provider.ts'
import type { ProviderConfig } from '../providers/config.ts'
import { AdaptiveLimit } from '../routing/admission/adaptive-limit.ts'
import { AdmissionQueue } from '../routing/admission/admission-queue.ts'
import { type ModelConfig, modelsSchema, type RouteConfig } from '../routing/config.ts'
import { Candidate, type Endpoint, type EndpointRegistry, type Provider } from '../routing/endpoint.ts'
import { createPolicy } from '../routing/create-policy.ts'
import type { Pool } from '../routing/pool.ts'
import { NO_FALLBACKS } from '../routing/fallbacks.ts'
import type { HedgeConfig } from '../routing/hedge-config.ts'
import { Hedging } from '../routing/hedging.ts'
import { ShareBudget } from '../routing/share-budget.ts'
import { BackoffQueue } from '../routing/backoff-queue.ts'
import { type Model, type Route, RoutingTable } from '../routing/table.ts'
import { allowOpening, configureHealth } from './configure-health.ts'
import { configureReach } from './configure-reach.ts'
import type { Config } from './schema.ts'

/** A provider with the addresses at which it answers. */
interface Site {
  readonly provider: Provider
  readonly places: readonly { readonly endpoint: Endpoint; readonly weight: number }[]
}

export interface CompileParts {
  readonly registry: EndpointRegistry
  readonly masterKey: MasterKey
  readonly version: number
  /** Kept from one configuration to the next. */
  readonly authorizations?: Authorizations
}

/** Builds everything a call looks up, once. Endpoints that were there before keep their counts. */
export function compile(config: Config, parts: CompileParts): Snapshot {
  const sites = new Map(config.providers.map((provider) => [provider.name, createSite(provider, parts)]))
  const model = (each: ModelConfig) => createModel(each, config, sites, parts.registry)
  const models = config.models.map(model)
  const passthroughs = config.providers.flatMap((provider) => (provider.passthrough ? [model(asModel(provider))] : []))
  adaptLimits(
    models,
    new Set(config.models.filter(({ admission }) => admission.adaptiveConcurrency).map(({ name }) => name)),
  )
  allowOpening([...models, ...passthroughs])
  return {
    version: parts.version,
    maxBodyBytes: config.server.maxBodyBytes,
    drainMs: config.server.drainMs,
    maxAttempts: config.requests.maxAttempts,
    masterKey: parts.masterKey,
    table: new RoutingTable(models, config.routes.map(createRoute), passthroughs),
    logsCalls: config.log.requests,
  }
}

/** The endpoints that a snapshot may still send to. */
export const endpointsOf = ({ table }: Snapshot): ReadonlySet<Endpoint> =>
  endpointsOfModels([...table.models, ...table.passthroughs])

const endpointsOfModels = (models: readonly Model[]): ReadonlySet<Endpoint> =>
  new Set(
    models.flatMap(({ pools }) =>
      Object.values(pools).flatMap(({ candidates }) => candidates.map(({ endpoint }) => endpoint)),
    ),
  )

/** An endpoint learns its limit when one of its models wants that, and keeps what it has learned. */
function adaptLimits(models: readonly Model[], adaptive: ReadonlySet<string>): void {
  const learning = endpointsOfModels(models.filter(({ name }) => adaptive.has(name)))
  for (const endpoint of endpointsOfModels(models))
    endpoint.adaptive = learning.has(endpoint) ? (endpoint.adaptive ?? new AdaptiveLimit()) : undefined
}

function createSite(config: ProviderConfig, { registry, authorizations = new Authorizations() }: CompileParts): Site {
  const type = providerType(config.type)!
  const provider: Provider = {
    name: config.name,
    type,
    headers: { ...authHeaders(config), ...config.headers },
    apiVersion: config.apiVersion,
    authorization: authorizations.for(config),
    timeouts: config.timeouts,
  }
  if (config.endpoints.length === 0) {
    const url = baseOf(type, config, config.baseUrl)
    const endpoint = registry.endpoint(config.name, url, config.maxConcurrency)
    configureReach(endpoint)
    configureHealth(endpoint, provider, config.health)
    return { provider, places: [{ endpoint, weight: 1 }] }
  }
  const places = config.endpoints.map(({ url, weight, maxConcurrency, drain }) => {
    const most = Math.min(maxConcurrency, config.maxConcurrency)
    const endpoint = registry.endpoint(endpointId(config.name, url), baseOf(type, config, url), most)
    configureHealth(endpoint, provider, config.health, drain)
    configureReach(endpoint)
    return { endpoint, weight }
  })
  return { provider, places }
}

function authHeaders({ type, apiKey }: ProviderConfig): Record<string, string> {
  if (apiKey === undefined || apiKey === 'none') return {}
  const [header, value] = providerType(type)!.auth(apiKey)
  return { [header]: value }
}

/** `gpu/10.0.0.1:8000`; two endpoints at one host differ by their path. */
function endpointId(provider: string, url: string): string {
  const { host, pathname } = new URL(url)
  return `${provider}/${host}${pathname === '/' || pathname === '/v1' ? '' : pathname}`
}

function baseOf(type: ProviderType, config: ProviderConfig, url: string | undefined): string {
  return type.locate ? type.locate(config, url) : withBasePath(url ?? type.defaultUrl!, type.basePath)
}

/** People write the host of a server they run, and the whole base of one they rent. */
const withBasePath = (url: string, basePath: string): string =>
  new URL(url).pathname === '/' ? url.replace(/\/$/, '') + basePath : url

function createModel(
  config: ModelConfig,
  { requests, server }: Config,
  sites: ReadonlyMap<string, Site>,
  registry: EndpointRegistry,
): Model {
  const candidates = config.targets
    .flatMap(({ provider, model, weight }) => {
      const site = sites.get(provider)!
      return site.places.map(
        (place) =>
          new Candidate(
            place.endpoint,
            site.provider,
            model,
            weight * place.weight,
            registry.slowness(place.endpoint, model),
          ),
      )
    })
    .toSorted((a, b) => (a.id < b.id ? -1 : a.id > b.id ? 1 : 0)) // policies count on the order of ids
  const pool = (operation: Operation): Pool => {
    const able = candidates.filter((candidate) => offers(candidate, operation))
    const queue = new AdmissionQueue<Candidate>(
      config.admission,
      able.map(({ endpoint }) => endpoint),
    )
    return {
      candidates: able,
      policy: createPolicy[config.policy](),
      queue,
      retries: new ShareBudget(),
      backoffQueue: new BackoffQueue(),
      hedging: hedgingFor(config.hedge),
    }
  }
  return {
    name: config.name,
    aliases: config.aliases,
    pools: Object.fromEntries(OPERATIONS.map((operation) => [operation, pool(operation)])) as Record<Operation, Pool>,
    fallbacks: { ...NO_FALLBACKS, ...definedOnly(requests.fallbacks), ...definedOnly(config.fallbacks) },
    retryRules: { retries: config.retries, after: definedOnly(config.retriesOn), maxWaitMs: config.maxRetryWait },
    timeouts: definedOnly(config.timeouts),
    continuesStreams: config.continueStreams,
    isStrict: config.strictTranslation,
    onDisconnect: config.onDisconnect,
    keepAliveMs: config.streamKeepAlive ?? server.keepAliveMs,
  }
}

/** Nobody knows what is asked for, so no failure is taken to be about that: a caller could say so of every endpoint. */
const ANYTHING = '*'

/** A provider whose own paths are open, as if it were a model: one try, since nobody knows what a second would do. */
function asModel({ name }: ProviderConfig): ModelConfig {
  const targets = [{ provider: name, model: ANYTHING }]
  return { ...modelsSchema.parse({ [ANYTHING]: { targets, retries: 0 } })[0]!, name }
}

const offers = ({ provider, upstreamModel }: Candidate, operation: Operation): boolean =>
  operation === 'passthrough' ? upstreamModel === ANYTHING : operationsOf(provider.type).includes(operation)

const hedgingFor = ({ after, budget }: HedgeConfig): Hedging | undefined =>
  after === 'off' ? undefined : new Hedging({ after, share: budget })

const definedOnly = <Value>(settings: Readonly<Record<string, Value | undefined>>): Record<string, Value> =>
  Object.fromEntries(Object.entries(settings).flatMap(([key, value]) => (value === undefined ? [] : [[key, value]])))

const createRoute = (config: RouteConfig): Route =>
  config.type === 'model'
    ? { type: 'model', path: config.path, model: config.model, onDisconnect: config.onDisconnect }
    : {
        type: 'split',
        path: config.path,
        onDisconnect: config.onDisconnect,
        split: { name: config.path, arms: config.arms, sticky: config.sticky, salt: config.salt },
      }
