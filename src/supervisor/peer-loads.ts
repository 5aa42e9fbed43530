// What the workers of one machine tell each other of the endpoints, so that each chooses as if it saw all calls.
import type { Endpoint, EndpointRegistry } from '../routing/endpoint.ts'
import type { EndpointHealth } from '../routing/health/endpoint-health.ts'
import type { PeerHealth, StampedState } from './peer-health.ts'

/** What a worker says of one endpoint. Absolute values, never differences: a message that is lost heals with the next. */
export interface EndpointReport {
  readonly inFlight: number
  readonly picks: number
  readonly failures: number
  /** How long ago it answered a call of this worker; undefined when it never did. */
  readonly answeredMs: number | undefined
  /** Failures in a row, and how long ago the first of them was. */
  readonly inRow: number
  readonly rowMs: number
  readonly states: readonly StampedState[]
}

/** By the endpoint's key. One that is absent has nothing to say. */
export type LoadReport = Readonly<Record<string, EndpointReport>>

/** `ageMs`: how long ago it was said. */
export type PeerReport = readonly [worker: number, report: LoadReport, ageMs: number]

/** Three heartbeats: whoever is silent for longer has no say any more. */
export const SILENT_AFTER_MS = 3000

export function loadReport(registry: EndpointRegistry, marks: PeerHealth, nowMs: number): LoadReport {
  const reports: Record<string, EndpointReport> = {}
  for (const endpoint of registry.all()) {
    const said = marks.publish(endpoint, nowMs)
    if (endpoint.picks > 0 || endpoint.inFlight > 0 || said.length > 0)
      reports[endpoint.key] = report(endpoint, said, nowMs)
  }
  return reports
}

function report(endpoint: Endpoint, marks: readonly StampedState[], nowMs: number): EndpointReport {
  const { inFlight, picks, failures, health } = endpoint
  const { answeredMs, breaker } = health
  return {
    inFlight,
    picks,
    failures,
    answeredMs: answeredMs === -Infinity ? undefined : nowMs - answeredMs,
    inRow: breaker.row.failures,
    rowMs: nowMs - breaker.row.sinceMs,
    states: marks,
  }
}

interface Heard {
  readonly report: LoadReport
  readonly atMs: number
}

/** The others' reports, as this process sees them. Times are those of its own clock, at which a report came. */
export class PeerLoads {
  readonly #registry: EndpointRegistry
  readonly #marks: PeerHealth
  readonly #reports = new Map<number, Heard>()

  constructor(registry: EndpointRegistry, marks: PeerHealth) {
    this.#registry = registry
    this.#marks = marks
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
    for (const endpoint of this.#registry.all()) this.#marks.workerGone(endpoint, worker)
    this.update()
  }

  /** Applies the reports to the endpoints. A reload may have added some. */
  update(): void {
    const all = [...this.#reports.values()]
    for (const endpoint of this.#registry.all()) {
      const { key, health } = endpoint
      const said = all.flatMap(({ report, atMs }) => (report[key] ? [{ ...report[key], atMs }] : []))
      endpoint.inFlightElsewhere = sum(said, ({ inFlight }) => inFlight)
      endpoint.picksElsewhere = sum(said, ({ picks }) => picks)
      endpoint.failuresElsewhere = sum(said, ({ failures }) => failures)
      health.answeredElsewhereMs = Math.max(-Infinity, ...said.map(answeredAt))
      health.breaker.failuresElsewhere = sum(said.filter(isUnanswered(health)), ({ inRow }) => inRow)
      for (const { states: marks, atMs } of said) this.#marks.apply(endpoint, marks, atMs)
    }
  }
}

type Said = EndpointReport & { readonly atMs: number }

const answeredAt = ({ answeredMs = Infinity, atMs }: Said): number => atMs - answeredMs

/** Whether the endpoint has answered nobody since these failures in a row began. */
const isUnanswered =
  (health: EndpointHealth) =>
  ({ rowMs, atMs }: Said): boolean =>
    !health.hasAnsweredSince(atMs - rowMs)

const sum = <T>(all: readonly T[], of: (each: T) => number): number => all.reduce((total, each) => total + of(each), 0)

const TICK_MS = 100
const HEARTBEAT_MS = 1000

/** What is worth saying at once; spans of time change with every look. */
const gist = (report: LoadReport): string =>
  JSON.stringify(
    Object.entries(report).map(([key, { inFlight, inRow, states: marks }]) => [
      key,
      inFlight,
      inRow,
      marks.map(({ time, worker }) => [time, worker]),
    ]),
  )

/**
 * Reports each 100 ms if anything has changed, else once a second. All workers report at the same tenths of the clock's
 * seconds, so that what one of them hears of all the others comes as one message. Answers the function that stops it.
 */
export function publishLoads(
  registry: EndpointRegistry,
  marks: PeerHealth,
  peers: PeerLoads,
  send: (report: LoadReport) => void,
): () => void {
  let said = ''
  let saidMs = -Infinity
  let timer: ReturnType<typeof setTimeout>
  function tick(): void {
    const nowMs = performance.now()
    const report = loadReport(registry, marks, nowMs)
    const text = gist(report)
    if (text !== said || nowMs - saidMs >= HEARTBEAT_MS) {
      send(report)
      said = text
      saidMs = nowMs
    }
    peers.expire(nowMs)
    wait()
  }
  function wait(): void {
    timer = setTimeout(tick, TICK_MS - (Date.now() % TICK_MS))
  }
  wait()
  return () => clearTimeout(timer)
}
