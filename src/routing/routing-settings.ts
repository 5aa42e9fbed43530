// The settings of what outlives a configuration: endpoints and the states of pools. They change when a snapshot is applied.
import { Reachability } from '../upstream/reachability.ts'
import type { TransportSettings } from '../upstream/http1/settings.ts'
import { closeTransport, createTransport } from '../upstream/transport.ts'
import { AdaptiveLimit } from './admission/adaptive-limit.ts'
import type { HealthSettings } from './compile-health.ts'
import type { CompiledModel } from './compile-models.ts'
import type { CompiledProvider } from './compile-providers.ts'
import type { Endpoint, EndpointRegistry } from './endpoint.ts'
import type { PoolSettings, PoolStates } from './pool-state.ts'

/** What a provider's section sets for one endpoint. */
export interface EndpointSettings {
  readonly endpoint: Endpoint
  readonly maxConcurrency: number
  readonly health: HealthSettings
  readonly isDrained: boolean
  /** Whether a proxy opens the connections to it. */
  readonly isProxied: boolean
  readonly transport: TransportSettings
}

export interface RoutingSettings {
  /** Of the endpoints that a pool contains; the others are not in service. */
  readonly endpoints: readonly EndpointSettings[]
  readonly pools: readonly PoolSettings[]
  /** Endpoints that learn their concurrency limit. */
  readonly adaptive: ReadonlySet<Endpoint>
  /** Endpoints that are not alone in each of their pools: only these can be ejected. */
  readonly ejectable: ReadonlySet<Endpoint>
}

/** What a process keeps from one configuration to the next. */
export interface RoutingState {
  readonly registry: EndpointRegistry
  readonly pools: PoolStates
}

export function compileSettings(
  providers: ReadonlyMap<string, CompiledProvider>,
  models: readonly CompiledModel[],
): RoutingSettings {
  const pools = models.flatMap((model) => model.pools)
  const inService = endpointsOf(pools)
  return {
    endpoints: [...providers.values()].flatMap(({ endpoints }) =>
      endpoints.filter(({ endpoint }) => inService.has(endpoint)),
    ),
    pools,
    adaptive: endpointsOf(models.filter(({ isAdaptive }) => isAdaptive).flatMap((model) => model.pools)),
    ejectable: endpointsOf(pools.filter(({ rules }) => rules.endpoints.size > 1)),
  }
}

/** Most pools of a model share one set, so sets are looked at before their endpoints: there can be thousands of pools. */
function endpointsOf(pools: readonly PoolSettings[]): ReadonlySet<Endpoint> {
  const endpoints = new Set<Endpoint>()
  for (const set of new Set(pools.map(({ rules }) => rules.endpoints)))
    for (const endpoint of set) endpoints.add(endpoint)
  return endpoints
}

/** Makes the settings those of the process. What it has learned stays; endpoints and pools without settings are forgotten. */
export function applySettings(settings: RoutingSettings, { registry, pools }: RoutingState, nowMs: number): void {
  for (const each of settings.endpoints) configureEndpoint(each, settings, nowMs)
  registry.keepOnly(new Set(settings.endpoints.map(({ endpoint }) => endpoint)), nowMs)
  pools.apply(settings.pools)
}

function configureEndpoint(
  { endpoint, maxConcurrency, health: { breaker, check }, isDrained, isProxied, transport }: EndpointSettings,
  { adaptive, ejectable }: RoutingSettings,
  nowMs: number,
): void {
  const { health } = endpoint
  endpoint.maxConcurrency = maxConcurrency
  endpoint.adaptive = adaptive.has(endpoint) ? (endpoint.adaptive ?? new AdaptiveLimit()) : undefined
  const before = endpoint.transport
  const { unix } = before.settings
  endpoint.transport = createTransport(transport, before)
  if (endpoint.transport !== before) closeTransport(before)
  if (isProxied || transport.unix !== unix) endpoint.reachability = undefined
  if (!isProxied) endpoint.reachability ??= new Reachability(endpoint.baseUrl, transport.unix)
  endpoint.check = check && { ...check, transport: endpoint.transport }
  health.breaker.limits = breaker
  health.breaker.mayOpen = ejectable.has(endpoint)
  if (isDrained) health.drain('configuration', nowMs)
  else health.undrain('configuration', nowMs)
}
