import { checkTargets } from '../routing/health/check-targets.ts'
import type { LivenessReport } from '../routing/health/shared-state.ts'
import type { EndpointRegistry } from '../routing/endpoint.ts'
import { HealthChecks } from '../upstream/health-check.ts'

/** Asks the endpoints whether they are well, for all processes that send calls there. */
export interface HealthWatch {
  /** The endpoints have changed. */
  update(): void
  stop(): void
}

export function watchHealth(registry: EndpointRegistry, tell: (report: LivenessReport) => void): HealthWatch {
  const checks = new HealthChecks(Math.random)
  const update = () => checks.setTargets(checkTargets(registry.all(), tell))
  update()
  return { update, stop: () => checks.stop() }
}
