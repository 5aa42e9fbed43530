// Compiles the `providers` section: providers with their endpoints. It changes no endpoint that is in service.
import type { Authorizations } from '../providers/authorizations.ts'
import type { ProviderConfig } from '../providers/config.ts'
import { providerType } from '../providers/index.ts'
import { credentialsOf } from '../providers/secrets-of.ts'
import type { ProviderType } from '../providers/provider.ts'
import { SecretFilter } from '../schema/secret-filter.ts'
import { eachInStep, type Steps } from '../schema/steps.ts'
import { unixUrlOf } from '../providers/unix-url.ts'
import { isProxied } from '../upstream/is-proxied.ts'
import { compileHealth } from './compile-health.ts'
import type { Endpoint, EndpointRegistry, Provider } from './endpoint.ts'
import type { EndpointSettings } from './routing-settings.ts'

export interface ProviderParts {
  readonly registry: EndpointRegistry
  readonly authorizations: Authorizations
  /** Names the proxies that `fetch` uses. */
  readonly environment: Readonly<Record<string, string | undefined>>
}

/** A provider with its endpoints. */
export interface CompiledProvider {
  readonly provider: Provider
  readonly endpoints: readonly (EndpointSettings & { readonly weight: number })[]
}

/** The providers by name. An address that is in service keeps its endpoint. */
export function* compileProviders(
  section: readonly ProviderConfig[],
  parts: ProviderParts,
): Steps<ReadonlyMap<string, CompiledProvider>> {
  const providers = yield* eachInStep(section, (config) => compileProvider(config, parts))
  return new Map(providers.map((compiled) => [compiled.provider.name, compiled]))
}

function compileProvider(config: ProviderConfig, parts: ProviderParts): CompiledProvider {
  const type = providerType(config.type)!
  const provider: Provider = {
    name: config.name,
    type,
    headers: { ...authHeaders(config), ...config.headers },
    apiVersion: config.apiVersion,
    authorization: parts.authorizations.for(config),
    timeouts: config.timeouts,
    propagates: {
      trace: config.propagate.trace ?? type.isSelfHosted,
      baggage: new Set(config.propagate.baggage),
    },
    secrets: new SecretFilter(credentialsOf(config)),
  }
  const endpoints = new Map<string, Endpoint>() // two URLs of the file can be one address: `http://h` and `http://h/v1`
  const settings = addressesOf(config, type).map(({ id, baseUrl, socket, weight, maxConcurrency, isDrained }) => {
    const prepared = parts.registry.prepare(id, baseUrl)
    const endpoint = endpoints.get(prepared.key) ?? prepared
    endpoints.set(endpoint.key, endpoint)
    return {
      endpoint,
      weight,
      maxConcurrency,
      isDrained,
      health: compileHealth(config.health, provider, baseUrl),
      transport: { tls: config.tls, unix: socket, idle: config.connections },
      isProxied: socket === undefined && isProxied(baseUrl, parts.environment),
    }
  })
  return { provider, endpoints: settings }
}

interface Address {
  readonly id: string
  readonly baseUrl: string
  /** Path of a Unix socket. */
  readonly socket: string | undefined
  readonly weight: number
  readonly maxConcurrency: number
  readonly isDrained: boolean
}

function addressesOf(config: ProviderConfig, type: ProviderType): Address[] {
  const { name, maxConcurrency } = config
  if (config.endpoints.length === 0)
    return [{ id: name, ...addressOf(type, config, config.baseUrl), weight: 1, maxConcurrency, isDrained: false }]
  return config.endpoints.map((endpoint) => ({
    id: endpointId(name, endpoint.url),
    ...addressOf(type, config, endpoint.url),
    weight: endpoint.weight,
    maxConcurrency: Math.min(endpoint.maxConcurrency, maxConcurrency),
    isDrained: endpoint.drain,
  }))
}

function authHeaders({ type, apiKey }: ProviderConfig): Record<string, string> {
  if (apiKey === undefined || apiKey === 'none') return {}
  const [header, value] = providerType(type)!.auth(apiKey)
  return { [header]: value }
}

/** `gpu/10.0.0.1:8000`; two endpoints on one host differ in their paths. */
function endpointId(provider: string, url: string): string {
  const unix = unixUrlOf(url)
  const { host, pathname } = new URL(unix?.url ?? url)
  return `${provider}/${unix ? `unix:${unix.socket}` : host}${pathname === '/' || pathname === '/v1' ? '' : pathname}`
}

function addressOf(
  type: ProviderType,
  config: ProviderConfig,
  url: string | undefined,
): Pick<Address, 'baseUrl' | 'socket'> {
  const unix = url === undefined ? undefined : unixUrlOf(url)
  return { baseUrl: baseOf(type, config, unix?.url ?? url), socket: unix?.socket }
}

function baseOf(type: ProviderType, config: ProviderConfig, url: string | undefined): string {
  return type.locate ? type.locate(config, url) : withBasePath(url ?? type.defaultUrl!, type.basePath)
}

/** Operators write the host of a server they run, and the full base URL of a hosted service. */
const withBasePath = (url: string, basePath: string): string =>
  new URL(url).pathname === '/' ? url.replace(/\/$/, '') + basePath : url
