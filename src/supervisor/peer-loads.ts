// What the workers of one machine tell each other of the endpoints, so that each chooses as if it saw all calls.
import type { EndpointRegistry } from '../routing/endpoint.ts'

/** What a worker says of one endpoint. Absolute values, never differences: a message that is lost heals with the next. */
export interface EndpointReport {
  readonly inFlight: number
}

/** By the endpoint's key. One that is absent has nothing to say. */
export type LoadReport = Readonly<Record<string, EndpointReport>>

export type PeerReport = readonly [worker: number, report: LoadReport]

/** Three heartbeats: whoever is silent for longer has no say any more. */
export const SILENT_AFTER_MS = 3000

export const loadReport = (registry: EndpointRegistry): LoadReport =>
  Object.fromEntries(
    [...registry.all()].filter(({ inFlight }) => inFlight > 0).map(({ key, inFlight }) => [key, { inFlight }]),
  )

/** The others' reports, as this process sees them. Times are those of its own clock, at which a report came. */
export class PeerLoads {
  readonly #registry: EndpointRegistry
  readonly #reports = new Map<number, { readonly report: LoadReport; readonly atMs: number }>()

  constructor(registry: EndpointRegistry) {
    this.#registry = registry
  }

  receive(reports: readonly PeerReport[], gone: readonly number[], nowMs: number): void {
    for (const [worker, report] of reports) this.#reports.set(worker, { report, atMs: nowMs })
    for (const worker of gone) this.#reports.delete(worker)
    this.apply()
  }

  /** Drops what nobody has repeated. */
  expire(nowMs: number): void {
    const old = [...this.#reports].filter(([, { atMs }]) => nowMs - atMs > SILENT_AFTER_MS)
    for (const [worker] of old) this.#reports.delete(worker)
    if (old.length > 0) this.apply()
  }

  /** Tells the endpoints, of which a reload may have brought new ones. */
  apply(): void {
    const reports = Array.from(this.#reports.values(), ({ report }) => report)
    for (const endpoint of this.#registry.all())
      endpoint.elsewhere = reports.reduce((sum, report) => sum + (report[endpoint.key]?.inFlight ?? 0), 0)
  }
}

const TICK_MS = 100
const HEARTBEAT_MS = 1000

/**
 * Reports each 100 ms if anything has changed, else once a second. All workers report at the same tenths of the clock's
 * seconds, so that what one of them hears of all the others comes as one message. Answers the function that stops it.
 */
export function publishLoads(
  registry: EndpointRegistry,
  peers: PeerLoads,
  send: (report: LoadReport) => void,
): () => void {
  let said = ''
  let saidMs = -Infinity
  let timer: ReturnType<typeof setTimeout>
  function tick(): void {
    const nowMs = performance.now()
    const report = loadReport(registry)
    const text = JSON.stringify(report)
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
