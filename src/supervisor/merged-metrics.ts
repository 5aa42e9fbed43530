import { type FamilySnapshot, withoutGauges, mergeSnapshots } from '../telemetry/metrics/snapshot.ts'
import type { WorkerProcess } from './worker-process.ts'

/** A worker that stands still must not hold up the scrape; its last figures do. */
const SCRAPE_WITHIN_MS = 250

export interface MergedMetrics {
  report(worker: WorkerProcess, scrape: number, families: readonly FamilySnapshot[]): void
  /** Keeps what it counted: counters never go down. */
  gone(worker: WorkerProcess): void
  /** Asks the workers and answers the figures of the whole. */
  scrape(): Promise<FamilySnapshot[]>
}

/** The metrics of several processes as those of one. `own` are the supervisor's. */
export function createMergedMetrics(
  workers: () => readonly WorkerProcess[],
  own: () => FamilySnapshot[],
): MergedMetrics {
  const latest = new Map<number, readonly FamilySnapshot[]>()
  const waiting = new Map<number, { readonly missing: Set<number>; readonly done: () => void }>()
  let past: readonly FamilySnapshot[] = []
  let scrapes = 0

  const heard = (id: number, scrape: number) => {
    const wait = waiting.get(scrape)
    if (wait?.missing.delete(id) && wait.missing.size === 0) wait.done()
  }
  async function ask(): Promise<void> {
    const asked = workers()
    if (asked.length === 0) return
    const scrape = ++scrapes
    const { promise, resolve } = Promise.withResolvers<void>()
    waiting.set(scrape, { missing: new Set(asked.map(({ id }) => id)), done: resolve })
    for (const worker of asked) worker.send({ type: 'scrape', scrape })
    const deadline = setTimeout(resolve, SCRAPE_WITHIN_MS)
    await promise
    clearTimeout(deadline)
    waiting.delete(scrape)
  }
  return {
    report({ id }, scrape, families) {
      latest.set(id, families)
      heard(id, scrape)
    },
    gone({ id }) {
      past = mergeSnapshots([past, withoutGauges(latest.get(id) ?? [])])
      latest.delete(id)
      for (const scrape of waiting.keys()) heard(id, scrape)
    },
    async scrape() {
      await ask()
      return mergeSnapshots([own(), past, ...latest.values()])
    },
  }
}
