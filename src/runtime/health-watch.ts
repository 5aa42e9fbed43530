import { checkTargets } from '../routing/fleet/check-targets.ts'
import type { LivenessReport } from '../routing/health/shared-state.ts'
import type { EndpointRegistry } from '../routing/endpoint.ts'
import { HealthChecks } from '../upstream/health-check.ts'

/** Active health checks of the endpoints, for all processes of the gateway. */
export interface HealthWatch {
  /** Call it when the endpoints have changed. */
  update(): void
  stop(): void
}

export function watchHealth(registry: EndpointRegistry, onReport: (report: LivenessReport) => void): HealthWatch {
  const checks = new HealthChecks(Math.random)
  const update = () => checks.setTargets(checkTargets(registry.all(), onReport))
  update()
  return { update, stop: () => checks.stop() }
}
