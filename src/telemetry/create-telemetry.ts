import type { LogConfig } from './config.ts'
import { createCallMetrics } from './call-metrics.ts'
import { type EndpointHealthFacts, registerEndpointMetrics } from './endpoint-metrics.ts'
import { createLog, type Log, logRequests } from './log.ts'
import type { LineSink } from './line-sink.ts'
import { reportDroppedLines } from './log-metrics.ts'
import { watchEventLoop } from './metrics/event-loop.ts'
import { registerProcessMetrics } from './metrics/process.ts'
import { createRegistry, type Registry } from './metrics/registry.ts'
import type { FamilySnapshot } from './metrics/snapshot.ts'
import { catchUnhandledErrors } from './unhandled-errors.ts'
import type { TokenReport } from '../providers/authorization.ts'
import type { Observers } from './observer.ts'
import { observeAll } from './observers.ts'
import { createTokenTelemetry } from './token-telemetry.ts'

/** The telemetry of a process: one registry, one log. */
export interface ProcessTelemetry {
  /** Takes the reports of the pipeline. */
  readonly observers: Observers
  readonly log: Log
  /** Takes further metrics of the process. */
  readonly registry: Registry
  /** The metrics as data, to be merged with those of other workers. */
  snapshot(): FamilySnapshot[]
  /** The metrics in the Prometheus text format. */
  render(): string
  reportReloads(status: () => ReloadFacts): void
  reportEndpoints(list: () => Iterable<EndpointHealthFacts>): void
  /** Adds the size of the store of responses to the metrics. */
  reportStore(store: StoreFacts): void
  /** Reports how the refresh of a provider's token ended. */
  tokenRefreshed(provider: string, report: TokenReport): void
  /** Resolves when the log is written. */
  stop(): Promise<void>
}

interface StoreFacts {
  readonly count: number
  readonly bytes: number
}

interface ReloadFacts {
  readonly version: number
  readonly loadedAt: number
  readonly lastError: unknown
}

/** Series per metric. A configuration has some hundred names; more label values can only come from an attack. */
const MAX_SERIES = 2000

/** `sinks`: further destinations of log lines that this process writes. */
export function createTelemetry(
  level: LogConfig['level'],
  version: string,
  sinks: readonly LineSink[] = [],
): ProcessTelemetry {
  const registry = createRegistry({ maxSeries: MAX_SERIES })
  const log = createLog(level)
  registerProcessMetrics(registry, version)
  reportDroppedLines(registry, [log.dropped, ...sinks.map(({ dropped }) => dropped)])
  const stopWatching = watchEventLoop(registry)
  const stopCatching = catchUnhandledErrors(registry, log)
  return {
    observers: observeAll([createCallMetrics(registry), logRequests(log)]),
    log,
    tokenRefreshed: createTokenTelemetry(registry, log),
    registry,
    snapshot: registry.snapshot,
    render: registry.render,
    reportReloads(status) {
      registry.gauge({
        name: 'sluice_config_version',
        help: 'Number of configurations applied since the start.',
        merge: 'max',
        collect: (set) => set([], status().version),
      })
      registry.gauge({
        name: 'sluice_config_loaded_timestamp_seconds',
        help: 'Time at which the running configuration was applied, in seconds since 1970.',
        merge: 'max',
        collect: (set) => set([], status().loadedAt / 1000),
      })
      registry.gauge({
        name: 'sluice_config_last_reload_successful',
        help: '0 if the last reload was rejected and the previous configuration is still running, otherwise 1.',
        merge: 'min',
        collect: (set) => set([], status().lastError ? 0 : 1),
      })
    },
    reportStore(store) {
      registry.gauge({
        name: 'sluice_stored_responses',
        help: 'Responses that are stored for later requests.',
        collect: (set) => set([], store.count),
      })
      registry.gauge({
        name: 'sluice_stored_response_bytes',
        help: 'Memory that stored responses use, estimated.',
        collect: (set) => set([], store.bytes),
      })
    },
    reportEndpoints: (list) => registerEndpointMetrics(registry, list),
    stop() {
      stopWatching()
      stopCatching()
      return log.drained()
    },
  }
}
