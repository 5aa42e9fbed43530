import type { ProviderConfig } from '../providers/config.ts'
import type { Endpoint, Provider } from '../routing/endpoint.ts'
import type { Model } from '../routing/table.ts'

/** Gives an endpoint what the configuration says of its health; what is known of it stays. */
export function configureHealth(
  endpoint: Endpoint,
  { type, headers }: Provider,
  { enabled, path = type.healthPath, intervalMs, timeoutMs, failureThreshold, cooldownMs }: ProviderConfig['health'],
  drain = false,
): void {
  const nowMs = performance.now()
  endpoint.health.breaker.limits = { failures: failureThreshold, openMs: cooldownMs }
  endpoint.check =
    enabled && path !== undefined
      ? { url: healthUrl(endpoint.baseUrl, path), headers, intervalMs, timeoutMs }
      : undefined
  if (drain) endpoint.health.drain('configuration', nowMs)
  else endpoint.health.undrain('configuration', nowMs)
}

/** The only endpoint of all its pools is never kept back: there is nowhere else to go. */
export function allowOpening(models: readonly Model[]): void {
  const pools = models.flatMap((model) => Object.values(model.pools))
  const beside = new Set(
    pools.filter(({ candidates }) => candidates.length > 1).flatMap(({ candidates }) => candidates),
  )
  const withNeighbours = new Set([...beside].map(({ endpoint }) => endpoint))
  for (const { candidates } of pools)
    for (const { endpoint } of candidates) endpoint.health.breaker.mayOpen = withNeighbours.has(endpoint)
}

/** Servers answer their health page beside `/v1`, not below it. */
const healthUrl = (baseUrl: string, path: string): string => baseUrl.replace(/\/v1$/, '') + path
