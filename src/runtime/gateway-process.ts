import type { MasterKey } from '../access/master-key.ts'
import { compileSteps } from '../config/compile.ts'
import type { Config } from '../config/load.ts'
import { atOnce, inSlices } from '../schema/steps.ts'
import { createGateway, type Gateway } from '../gateway.ts'
import type { Snapshot } from '../pipeline/call/snapshot.ts'
import { DetachedCalls } from '../pipeline/call/detached-calls.ts'
import { Authorizations } from '../providers/authorizations.ts'
import { type Endpoint, EndpointRegistry } from '../routing/endpoint.ts'
import { applyLivenessReport } from '../routing/fleet/check-targets.ts'
import { compileEdge, type Edge } from '../http/edge.ts'
import type { LivenessReport } from '../routing/health/shared-state.ts'
import { type EndpointAction, applyAction } from '../routing/fleet/admin-actions.ts'
import { healthFactsOf } from '../routing/fleet/report.ts'
import { PoolStates } from '../routing/pool-state.ts'
import { MemoryResponses } from '../state/memory-responses.ts'
import type { ResponseStore } from '../state/response-store.ts'
import { applySettings } from '../routing/routing-settings.ts'
import { createTelemetry, type ProcessTelemetry } from '../telemetry/create-telemetry.ts'
import type { LineSink } from '../telemetry/line-sink.ts'
import { Watchdog } from '../upstream/watchdog.ts'
import { type HealthWatch, watchHealth } from './health-watch.ts'

export interface GatewayProcessOptions {
  readonly version: string
  readonly config: Config
  /** The gateway's own key, for configurations without `access.masterKey`. */
  readonly masterKey: MasterKey
  /** The version of the configuration. At the start it is 1. */
  readonly configVersion: number
  /** Destinations of log lines beside the process's own log. */
  readonly sinks?: readonly LineSink[]
  /** The store of another process. */
  readonly responses?: ResponseStore
}

/** All that one process needs to handle calls, except its listeners and its source of configuration. */
export interface GatewayProcess {
  readonly gateway: Gateway
  /** What the listener does to every request and response. */
  readonly edge: () => Edge
  readonly registry: EndpointRegistry
  readonly telemetry: ProcessTelemetry
  /** Responses that later requests refer to. */
  readonly responses: ResponseStore
  /** Compiles the next snapshot, in slices between which calls go on. Does not change the running one. */
  build(config: Config, configVersion: number): Promise<Snapshot>
  /** Makes new calls run on the snapshot. */
  apply(snapshot: Snapshot, config: Config): void
  /** Calls `listener` with each configuration after it was applied. */
  onApplied(listener: (config: Config) => void): void
  /** Adds the endpoints' health to the metrics. For processes that handle calls. */
  showHealth(): void
  /** Starts active health checks. One process makes them for all, and reports the results to the others. */
  watchHealth(onReport?: (report: LivenessReport) => void): void
  readonly endpoints: () => Iterable<Endpoint>
  /** Applies an operator's action in this process. Returns how many endpoints have that id. */
  readonly applyAction: (action: EndpointAction) => number
  /** Applies the result of an active check that another process made. */
  readonly applyLiveness: (report: LivenessReport) => void
  /** Call it after the last call has ended. */
  stop(): Promise<void>
}

const createRegistry = ({ log }: ProcessTelemetry): EndpointRegistry =>
  new EndpointRegistry({
    onChange({ id }, { state, reason }, isHeard) {
      if (!isHeard) log.warn({ endpoint: id, state, reason }, 'An endpoint changed.')
    },
  })

function createMemory(snapshot: Snapshot, telemetry: ProcessTelemetry): MemoryResponses {
  const memory = new MemoryResponses(snapshot.responses)
  telemetry.reportStore(memory)
  return memory
}

export function createGatewayProcess(options: GatewayProcessOptions): GatewayProcess {
  const { version, config, masterKey, configVersion, sinks } = options
  const telemetry = createTelemetry(config.log.level, version, sinks)
  const watchdog = new Watchdog()
  const registry = createRegistry(telemetry)
  const routing = { registry, pools: new PoolStates() }
  const authorizations = new Authorizations({ report: telemetry.tokenRefreshed })
  let healthWatch: HealthWatch | undefined
  const appliedListeners: ((config: Config) => void)[] = []
  let edge = compileEdge(config.server, config.log)
  const stepsOf = (config: Config, version: number) =>
    compileSteps(config, { ...routing, masterKey, version, authorizations })
  const detached = new DetachedCalls()
  const first = atOnce(stepsOf(config, configVersion))
  const responses = options.responses ?? createMemory(first, telemetry)
  const gateway = createGateway(first, {
    observers: telemetry.observers,
    responses,
    watchdog,
    detached,
    random: Math.random,
  })
  applySettings(gateway.snapshot.settings, routing, performance.now())
  return {
    gateway,
    edge: () => edge,
    registry,
    telemetry,
    responses,
    build: (next, nextVersion) => inSlices(stepsOf(next, nextVersion)),
    apply(snapshot, config) {
      applySettings(snapshot.settings, routing, performance.now())
      gateway.use(snapshot)
      edge = compileEdge(config.server, config.log)
      if (responses instanceof MemoryResponses) responses.limit(snapshot.responses)
      healthWatch?.update()
      telemetry.log.setLevel(config.log.level)
      for (const listener of appliedListeners) listener(config)
    },
    onApplied: (listener) => void appliedListeners.push(listener),
    showHealth() {
      telemetry.reportEndpoints(() => [...registry.all()].map((endpoint) => healthFactsOf(endpoint, performance.now())))
    },
    watchHealth(onReport = () => {}) {
      healthWatch ??= watchHealth(registry, onReport)
    },
    endpoints: () => registry.all(),
    applyAction: (action) => applyAction(registry.all(), action, performance.now()),
    applyLiveness: (report) => applyLivenessTo(registry, report),
    stop() {
      healthWatch?.stop()
      watchdog.stop()
      return telemetry.stop()
    },
  }
}

function applyLivenessTo(registry: EndpointRegistry, report: LivenessReport): void {
  const endpoint = registry.byKey(report.key)
  if (endpoint) applyLivenessReport(endpoint, report, performance.now())
}
