import { checkTargets } from '../routing/health/check-targets.ts'
import { healthFactsOf } from '../routing/health/report.ts'
import type { EndpointRegistry } from '../routing/endpoint.ts'
import type { ProcessTelemetry } from '../telemetry/create-telemetry.ts'
import { HealthChecks } from '../upstream/health-check.ts'

/** Asks the endpoints of a process whether they are well, and shows how they are. */
export interface HealthWatch {
  /** The endpoints have changed. */
  update(): void
  stop(): void
}

export function watchHealth(registry: EndpointRegistry, telemetry: ProcessTelemetry): HealthWatch {
  const checks = new HealthChecks(Math.random)
  const update = () => checks.keep(checkTargets(registry.all()))
  telemetry.reportEndpoints(() => [...registry.all()].map((endpoint) => healthFactsOf(endpoint, performance.now())))
  update()
  return { update, stop: () => checks.stop() }
}
