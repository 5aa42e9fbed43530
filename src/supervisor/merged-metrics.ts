import { type FamilySnapshot, mergeSnapshots, unpackSnapshot, withoutGauges } from '../telemetry/metrics/snapshot.ts'
import type { WorkerProcess } from './worker-process.ts'

/** A worker that hangs must not delay the scrape. Its last values are used. */
const SCRAPE_WITHIN_MS = 250

export interface MergedMetrics {
  /** Takes the packed metrics of a worker. `scrape` 0: not a response. */
  report(worker: WorkerProcess, scrape: number, packed: string): void
  /** Keeps the counters of a worker that has exited: counters never decrease. */
  workerGone(worker: WorkerProcess): void
  /** Requests the metrics of all workers, and resolves to those of all processes. */
  scrape(): Promise<FamilySnapshot[]>
}

/** Merges the metrics of all processes. `own` returns the supervisor's. */
export function createMergedMetrics(
  workers: () => readonly WorkerProcess[],
  own: () => FamilySnapshot[],
): MergedMetrics {
  /** Read only when they are needed: most reports are replaced by the next one. */
  const latest = new Map<number, string>()
  const waiting = new Map<number, { readonly missing: Set<number>; readonly done: () => void }>()
  let exited: readonly FamilySnapshot[] = []
  let scrapes = 0

  const responded = (id: number, scrape: number) => {
    const wait = waiting.get(scrape)
    if (wait?.missing.delete(id) && wait.missing.size === 0) wait.done()
  }
  async function requestAll(): Promise<void> {
    const recipients = workers()
    if (recipients.length === 0) return
    const scrape = ++scrapes
    const { promise, resolve } = Promise.withResolvers<void>()
    waiting.set(scrape, { missing: new Set(recipients.map(({ id }) => id)), done: resolve })
    for (const worker of recipients) worker.send({ type: 'scrape', scrape })
    const deadline = setTimeout(resolve, SCRAPE_WITHIN_MS)
    await promise
    clearTimeout(deadline)
    waiting.delete(scrape)
  }
  return {
    report({ id }, scrape, packed) {
      latest.set(id, packed)
      responded(id, scrape)
    },
    workerGone({ id }) {
      exited = mergeSnapshots([exited, withoutGauges(unpackSnapshot(latest.get(id) ?? '[]'))])
      latest.delete(id)
      for (const scrape of waiting.keys()) responded(id, scrape)
    },
    async scrape() {
      await requestAll()
      return mergeSnapshots([own(), exited, ...Array.from(latest.values(), unpackSnapshot)])
    },
  }
}
