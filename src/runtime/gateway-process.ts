import type { MasterKey } from '../access/master-key.ts'
import { compile } from '../config/compile.ts'
import type { Config } from '../config/load.ts'
import { createGateway, type Gateway } from '../gateway.ts'
import type { Snapshot } from '../pipeline/call/snapshot.ts'
import { DetachedCalls } from '../pipeline/call/detached-calls.ts'
import { Authorizations } from '../providers/authorizations.ts'
import { type Endpoint, EndpointRegistry } from '../routing/endpoint.ts'
import { takeOver } from '../routing/health/check-targets.ts'
import type { LivenessReport } from '../routing/health/shared-state.ts'
import { type EndpointAction, applyAction } from '../routing/health/admin-actions.ts'
import { healthFactsOf } from '../routing/health/report.ts'
import { PoolStates } from '../routing/pool-state.ts'
import { applySettings } from '../routing/routing-settings.ts'
import { createTelemetry, type ProcessTelemetry } from '../telemetry/create-telemetry.ts'
import { Watchdog } from '../upstream/watchdog.ts'
import { type HealthWatch, watchHealth } from './health-watch.ts'

export interface GatewayProcessOptions {
  readonly version: string
  readonly config: Config
  /** The gateway's own key, for configurations that name none. */
  readonly masterKey: MasterKey
  /** Counts configurations; 1 is the one of the start. */
  readonly configVersion: number
}

/** What answers calls in one process, whoever gives it its configuration and opens its ports. */
export interface GatewayProcess {
  readonly gateway: Gateway
  readonly registry: EndpointRegistry
  readonly telemetry: ProcessTelemetry
  /** The next snapshot; touches nothing that runs. */
  build(config: Config, configVersion: number): Snapshot
  /** New calls run on it. */
  apply(snapshot: Snapshot, config: Config): void
  /** From now on its metrics show how the endpoints are: where calls are answered. */
  showHealth(): void
  /** From now on it asks endpoints whether they are well: one process does so for all, and tells them. */
  watchHealth(tell?: (report: LivenessReport) => void): void
  readonly endpoints: () => Iterable<Endpoint>
  /** Carries out an operator's order in this process. */
  readonly applyAction: (order: EndpointAction) => number
  /** Takes over what the active checks of another process found. */
  readonly applyLiveness: (report: LivenessReport) => void
  /** When its last call has ended. */
  stop(): Promise<void>
}

export function createGatewayProcess({
  version,
  config,
  masterKey,
  configVersion,
}: GatewayProcessOptions): GatewayProcess {
  const telemetry = createTelemetry(config.log.level, version)
  const watchdog = new Watchdog()
  const registry = new EndpointRegistry({
    onChange({ id }, { state, reason }, isHeard) {
      if (!isHeard) telemetry.log.warn({ endpoint: id, state, reason }, 'An endpoint changed.')
    },
  })
  const routing = { registry, pools: new PoolStates() }
  const authorizations = new Authorizations({ report: telemetry.tokenRefreshed })
  let health: HealthWatch | undefined
  const build = (config: Config, version: number) => compile(config, { ...routing, masterKey, version, authorizations })
  const detached = new DetachedCalls()
  const gateway = createGateway(build(config, configVersion), {
    observers: telemetry.observers,
    watchdog,
    detached,
    random: Math.random,
  })
  applySettings(gateway.snapshot.settings, routing, performance.now())
  return {
    gateway,
    registry,
    telemetry,
    build,
    apply(snapshot, config) {
      applySettings(snapshot.settings, routing, performance.now())
      gateway.use(snapshot)
      health?.update()
      telemetry.log.setLevel(config.log.level)
    },
    showHealth() {
      telemetry.reportEndpoints(() => [...registry.all()].map((endpoint) => healthFactsOf(endpoint, performance.now())))
    },
    watchHealth(tell = () => {}) {
      health ??= watchHealth(registry, tell)
    },
    endpoints: () => registry.all(),
    applyAction: (order) => applyAction(registry.all(), order, performance.now()),
    applyLiveness(report) {
      const endpoint = registry.byKey(report.key)
      if (endpoint) takeOver(endpoint, report, performance.now())
    },
    stop() {
      health?.stop()
      watchdog.stop()
      return telemetry.stop()
    },
  }
}
