// The workers' reports about the endpoints. Each worker chooses endpoints as if it saw the calls of all.
import type { Endpoint, EndpointRegistry } from '../routing/endpoint.ts'
import type { EndpointHealth } from '../routing/health/endpoint-health.ts'
import type { PeerHealth, StampedState } from './peer-health.ts'

/** A worker's report on one endpoint. It has totals, not differences, so that the next report corrects a lost one. */
export interface EndpointLoad {
  readonly inFlight: number
  readonly picks: number
  readonly failures: number
  /** How long ago the endpoint answered a call of this worker. Undefined if it never did. */
  readonly answeredAgoMs: number | undefined
  /** Failures in a row, and how long ago the first of them happened. */
  readonly consecutiveFailures: number
  readonly failingForMs: number
  readonly states: readonly StampedState[]
}

/** By the endpoint's key. Absent: nothing to report. */
export type LoadReport = Readonly<Record<string, EndpointLoad>>

/** `ageMs`: how long ago the worker sent the report. */
export type PeerReport = readonly [worker: number, report: LoadReport, ageMs: number]

/** Three heartbeats. The reports of a worker that is silent for longer are dropped. */
export const SILENT_AFTER_MS = 3000

export function loadReport(registry: EndpointRegistry, peerHealth: PeerHealth, nowMs: number): LoadReport {
  const loads: Record<string, EndpointLoad> = {}
  for (const endpoint of registry.all()) {
    const states = peerHealth.publish(endpoint, nowMs)
    if (endpoint.picks > 0 || endpoint.inFlight > 0 || states.length > 0)
      loads[endpoint.key] = endpointLoad(endpoint, states, nowMs)
  }
  return loads
}

function endpointLoad(endpoint: Endpoint, states: readonly StampedState[], nowMs: number): EndpointLoad {
  const { inFlight, picks, failures, health } = endpoint
  const { answeredMs, breaker } = health
  return {
    inFlight,
    picks,
    failures,
    answeredAgoMs: answeredMs === -Infinity ? undefined : nowMs - answeredMs,
    consecutiveFailures: breaker.row.failures,
    failingForMs: nowMs - breaker.row.sinceMs,
    states,
  }
}

interface ReceivedReport {
  readonly report: LoadReport
  readonly atMs: number
}

/** The reports of the other workers. Times are those of this process's clock when a report arrived. */
export class PeerLoads {
  readonly #registry: EndpointRegistry
  readonly #peerHealth: PeerHealth
  readonly #reports = new Map<number, ReceivedReport>()

  constructor(registry: EndpointRegistry, peerHealth: PeerHealth) {
    this.#registry = registry
    this.#peerHealth = peerHealth
  }

  /** Stores a report, which replaces the worker's earlier one. Has no effect on the endpoints before `update`. */
  receive([worker, report, ageMs]: PeerReport, nowMs: number): void {
    this.#reports.set(worker, { report, atMs: nowMs - ageMs })
  }

  /** The latest report of each worker. */
  reports(nowMs: number): PeerReport[] {
    return Array.from(this.#reports, ([worker, { report, atMs }]) => [worker, report, nowMs - atMs])
  }

  /** Drops reports that were not repeated in time. */
  expire(nowMs: number): void {
    const old = [...this.#reports].filter(([, { atMs }]) => nowMs - atMs > SILENT_AFTER_MS)
    for (const [worker] of old) this.#reports.delete(worker)
    if (old.length > 0) this.update()
  }

  workerGone(worker: number): void {
    this.#reports.delete(worker)
    for (const endpoint of this.#registry.all()) this.#peerHealth.workerGone(endpoint, worker)
    this.update()
  }

  /** Applies the reports to the endpoints. A reload may have added some. */
  update(): void {
    const all = [...this.#reports.values()]
    for (const endpoint of this.#registry.all()) {
      const { key, health } = endpoint
      const loads = all.flatMap(({ report, atMs }) => (report[key] ? [{ ...report[key], atMs }] : []))
      endpoint.inFlightElsewhere = sum(loads, ({ inFlight }) => inFlight)
      endpoint.picksElsewhere = sum(loads, ({ picks }) => picks)
      endpoint.failuresElsewhere = sum(loads, ({ failures }) => failures)
      health.answeredElsewhereMs = Math.max(-Infinity, ...loads.map(lastAnswerMs))
      health.breaker.failuresElsewhere = sum(
        loads.filter(isFailingSince(health)),
        ({ consecutiveFailures }) => consecutiveFailures,
      )
      for (const { states, atMs } of loads) this.#peerHealth.apply(endpoint, states, atMs)
    }
  }
}

type ReceivedLoad = EndpointLoad & { readonly atMs: number }

const lastAnswerMs = ({ answeredAgoMs = Infinity, atMs }: ReceivedLoad): number => atMs - answeredAgoMs

/** Whether the endpoint has answered no call since these failures in a row began. */
const isFailingSince =
  (health: EndpointHealth) =>
  ({ failingForMs, atMs }: ReceivedLoad): boolean =>
    !health.hasAnsweredSince(atMs - failingForMs)

const sum = <T>(all: readonly T[], of: (each: T) => number): number => all.reduce((total, each) => total + of(each), 0)

const TICK_MS = 100
const HEARTBEAT_MS = 1000

/** Changes when a report must be sent at once. Durations, which change all the time, are not part of it. */
const changeKey = (report: LoadReport): string =>
  JSON.stringify(
    Object.entries(report).map(([key, { inFlight, consecutiveFailures, states }]) => [
      key,
      inFlight,
      consecutiveFailures,
      states.map(({ time, worker }) => [time, worker]),
    ]),
  )

/**
 * Sends a report every 100 ms if it has changed, otherwise once a second. All workers report at the same tenths of a
 * second, so that the supervisor can forward their reports in one message. Returns the function that stops it.
 */
export function publishLoads(
  registry: EndpointRegistry,
  peerHealth: PeerHealth,
  peerLoads: PeerLoads,
  send: (report: LoadReport) => void,
): () => void {
  let lastKey = ''
  let lastSentMs = -Infinity
  let timer: ReturnType<typeof setTimeout>
  function tick(): void {
    const nowMs = performance.now()
    const report = loadReport(registry, peerHealth, nowMs)
    const key = changeKey(report)
    if (key !== lastKey || nowMs - lastSentMs >= HEARTBEAT_MS) {
      send(report)
      lastKey = key
      lastSentMs = nowMs
    }
    peerLoads.expire(nowMs)
    schedule()
  }
  function schedule(): void {
    timer = setTimeout(tick, TICK_MS - (Date.now() % TICK_MS))
  }
  schedule()
  return () => clearTimeout(timer)
}
