import type { ProviderConfig } from '../providers/config.ts'
import type { CheckPlan } from '../upstream/health-check.ts'
import type { Provider } from './endpoint.ts'
import type { BreakerLimits } from './health/breaker.ts'

/** The settings of an endpoint's health. */
export interface HealthSettings {
  readonly breaker: BreakerLimits
  /** Undefined: no active checks. */
  readonly check: CheckPlan | undefined
}

/** Compiles the `health` section of a provider for its endpoint at `baseUrl`. */
export function compileHealth(
  { enabled, path, intervalMs, timeoutMs, failureThreshold, cooldownMs }: ProviderConfig['health'],
  { type, headers }: Provider,
  baseUrl: string,
): HealthSettings {
  const checked = enabled ? (path ?? type.healthPath) : undefined
  return {
    breaker: { failures: failureThreshold, openMs: cooldownMs },
    check: checked === undefined ? undefined : { url: healthUrl(baseUrl, checked), headers, intervalMs, timeoutMs },
  }
}

/** Servers have their health page beside `/v1`, not below it. */
const healthUrl = (baseUrl: string, path: string): string => baseUrl.replace(/\/v1$/, '') + path
