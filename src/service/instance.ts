import type { MasterKey } from '../access/master-key.ts'
import { compile, endpointsOf } from '../config/compile.ts'
import type { Config } from '../config/load.ts'
import { createGateway, type Gateway } from '../gateway.ts'
import type { Snapshot } from '../pipeline/snapshot.ts'
import { UnheardCalls } from '../pipeline/unheard-calls.ts'
import { type Endpoint, EndpointRegistry } from '../routing/endpoint.ts'
import { type EndpointOrder, obey } from '../routing/health/orders.ts'
import { createTelemetry, type ProcessTelemetry } from '../telemetry/create-telemetry.ts'
import { Watchdog } from '../upstream/watchdog.ts'
import { type HealthWatch, watchHealth } from './health-watch.ts'
import { masterKeyIn } from './prepare.ts'

export interface InstanceOptions {
  readonly version: string
  readonly config: Config
  /** The gateway's own key, for configurations that name none. */
  readonly masterKey: MasterKey
  /** Counts configurations; 1 is the one of the start. */
  readonly configVersion: number
}

/** What answers calls in one process, whoever gives it its configuration and opens its ports. */
export interface Instance {
  readonly gateway: Gateway
  readonly registry: EndpointRegistry
  readonly telemetry: ProcessTelemetry
  /** The next snapshot; touches nothing that runs. */
  build(config: Config, configVersion: number): Snapshot
  /** New calls run on it. */
  apply(snapshot: Snapshot, config: Config): void
  /** From now on it asks endpoints whether they are well, and its metrics show it: where calls are answered. */
  watchHealth(): void
  readonly endpoints: () => Iterable<Endpoint>
  /** Carries out an operator's order in this process. */
  readonly order: (order: EndpointOrder) => number
  /** When its last call has ended. */
  stop(): Promise<void>
}

export function createInstance({ version, config, masterKey, configVersion }: InstanceOptions): Instance {
  const telemetry = createTelemetry(config.log.level, version)
  const watchdog = new Watchdog()
  const registry = new EndpointRegistry({
    onChange: ({ id }, { state, reason }) =>
      telemetry.log.warn({ endpoint: id, state, reason }, 'An endpoint changed.'),
  })
  let health: HealthWatch | undefined
  const build = (config: Config, version: number) =>
    compile(config, { registry, masterKey: masterKeyIn(config, masterKey), version })
  const unheard = new UnheardCalls()
  const gateway = createGateway(build(config, configVersion), { telemetry, watchdog, unheard, random: Math.random })
  registry.keepOnly(endpointsOf(gateway.snapshot), performance.now())
  return {
    gateway,
    registry,
    telemetry,
    build,
    apply(snapshot, config) {
      gateway.use(snapshot)
      registry.keepOnly(endpointsOf(snapshot), performance.now())
      health?.update()
      telemetry.log.setLevel(config.log.level)
    },
    watchHealth() {
      health ??= watchHealth(registry, telemetry)
    },
    endpoints: () => registry.all(),
    order: (order) => obey(registry.all(), order, performance.now()),
    stop() {
      health?.stop()
      watchdog.stop()
      return telemetry.stop()
    },
  }
}
