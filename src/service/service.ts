// Everything that runs in one process, started and stopped as one.
import type { Server } from 'bun'
import { masterKeyFrom } from '../access/master-key.ts'
import { compile, endpointsOf } from '../config/compile.ts'
import type { LoadedConfig } from '../config/load-file.ts'
import { locateConfig } from '../config/environment.ts'
import { createReloader, type Reloader, type ReloadTrigger } from '../config/reload.ts'
import type { Environment } from '../config/substitute.ts'
import { watchFiles } from '../config/watch.ts'
import { createGateway, type Gateway } from '../gateway.ts'
import { json } from '../http/answers.ts'
import { adminRoutes, healthRoutes, metricsRoutes, type Operator } from '../http/own-routes.ts'
import { listen } from '../http/server.ts'
import type { Snapshot } from '../pipeline/snapshot.ts'
import { EndpointRegistry } from '../routing/endpoint.ts'
import { createTelemetry, type ProcessTelemetry } from '../telemetry/create-telemetry.ts'
import { Watchdog } from '../upstream/watchdog.ts'
import { loadFrom, masterKeyOf, type OwnedKey } from './configuration.ts'
import { NOT_SIMULATED, startSimulated } from './simulated.ts'

export interface ServiceOptions {
  readonly version: string
  readonly environment: Environment
  /** The `--config` flag. */
  readonly configFlag?: string | undefined
  /** Whether simulated models run when there is no configuration file. */
  readonly simulates: boolean
}

/** A gateway that runs. */
export interface Service {
  readonly version: string
  readonly url: string
  readonly metricsUrl: string
  readonly configFile: string | undefined
  readonly key: OwnedKey
  readonly simulated: readonly string[]
  readonly snapshot: Snapshot
  reload(trigger: ReloadTrigger): Promise<{ readonly ok: boolean }>
  /** Not ready, no new connections, wait for the calls under way as long as `server.drain` says, end. */
  stop(): Promise<void>
}

/** Starts a gateway. Throws ConfigError, or Error with a message for people. */
export async function startService({ version, environment, configFlag, simulates }: ServiceOptions): Promise<Service> {
  const configFile = locateConfig(configFlag, environment)
  const simulated = configFile === undefined && simulates ? await startSimulated() : NOT_SIMULATED
  const load = () => loadFrom({ file: configFile, environment, simulated: simulated.models })
  const loaded = load()
  const { server, access, log } = loaded.config
  const key = masterKeyOf(access.masterKey, environment)

  const telemetry = createTelemetry(log.level, version)
  const watchdog = new Watchdog()
  const registry = new EndpointRegistry()
  const first = compile(loaded.config, { registry, masterKey: key.masterKey, version: 1 })
  const gateway = createGateway(first, { telemetry, watchdog, random: Math.random })
  const { reloader, unwatch } = keepCurrent({ load, loaded, gateway, registry, telemetry, key, configFile })

  const doors = openDoors({ version, host: server.host, ports: server, gateway, reloader, telemetry })
  return {
    version,
    url: urlOf(server.host, doors.api),
    metricsUrl: `${urlOf(server.host, doors.metrics)}/metrics`,
    configFile,
    key,
    simulated: simulated.models.map(({ name }) => name),
    snapshot: first,
    reload: reloader.reload,
    async stop() {
      unwatch()
      await doors.close(gateway.snapshot.drainMs)
      simulated.stop()
      watchdog.stop()
      await telemetry.stop()
    },
  }
}

interface Current {
  readonly load: () => LoadedConfig
  readonly loaded: LoadedConfig
  readonly gateway: Gateway
  readonly registry: EndpointRegistry
  readonly telemetry: ProcessTelemetry
  readonly key: OwnedKey
  readonly configFile: string | undefined
}

/** Builds the next snapshot before the running one is touched; a file that is watched tells when. */
function keepCurrent({ load, loaded, gateway, registry, telemetry, key, configFile }: Current) {
  let files = loaded.files
  const reloader = createReloader<{ snapshot: Snapshot; loaded: LoadedConfig }>({
    async load() {
      const next = load()
      const given = next.config.access.masterKey
      const masterKey = given === undefined ? key.masterKey : masterKeyFrom(given)
      const version = gateway.snapshot.version + 1
      return { snapshot: compile(next.config, { registry, masterKey, version }), loaded: next }
    },
    apply(next) {
      files = next.loaded.files
      gateway.use(next.snapshot)
      registry.keepOnly(endpointsOf(next.snapshot))
      telemetry.log.setLevel(next.loaded.config.log.level)
    },
    log: telemetry.log,
  })
  telemetry.reportReloads(reloader.status)
  const onChange = () => void reloader.reload('file')
  return { reloader, unwatch: configFile === undefined ? () => {} : watchFiles({ files: () => files, onChange }) }
}

interface DoorParts {
  readonly version: string
  readonly host: string
  readonly ports: { readonly port: number; readonly metricsPort: number }
  readonly gateway: Gateway
  readonly reloader: Reloader
  readonly telemetry: ProcessTelemetry
}

/** Opens the two ports. */
function openDoors({ version, host, ports, gateway, reloader, telemetry }: DoorParts) {
  let isReady = true
  const operator: Operator = {
    version,
    snapshot: () => gateway.snapshot,
    isReady: () => isReady,
    reload: () => reloader.reload('admin'),
    reloadStatus: reloader.status,
  }
  const onError = (error: Error) => telemetry.log.error({ error }, 'A request failed outside of any call.')
  const health = healthRoutes(operator)
  const routes = { ...health, ...adminRoutes(operator) }
  const api = listen({ host, port: ports.port, routes, fallback: gateway.answer, onError })
  const metrics = listen({
    host,
    port: ports.metricsPort,
    routes: { ...health, ...metricsRoutes(telemetry.render) },
    fallback: () => json({ error: { message: 'Metrics are at /metrics here; calls go to the other port.' } }, 404),
    onError,
  })
  async function close(drainMs: number): Promise<void> {
    isReady = false
    const deadline = performance.now() + drainMs
    void api.stop()
    while (api.pendingRequests > 0 && performance.now() < deadline) await Bun.sleep(20)
    await Promise.all([api.stop(true), metrics.stop(true)])
  }
  return { api, metrics, close }
}

const urlOf = (host: string, { port }: Server<undefined>): string =>
  `http://${host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host}:${port}`
