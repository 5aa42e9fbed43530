import type { LoadReport } from './peer-loads.ts'
import type { WorkerProcess } from './worker-process.ts'

/** Long enough for what all workers say at one tick of the clock. */
const GATHER_MS = 5

export interface LoadRelay {
  report(worker: WorkerProcess, report: LoadReport): void
  /** What it said counts no more. */
  gone(worker: WorkerProcess): void
  /** Tells a new one all there is to know. */
  welcome(worker: WorkerProcess): void
}

/** Passes what each worker says of the endpoints to all the others, gathered. */
export function createLoadRelay(workers: () => readonly WorkerProcess[]): LoadRelay {
  const latest = new Map<number, LoadReport>()
  const fresh = new Set<number>()
  const gone = new Set<number>()
  let timer: ReturnType<typeof setTimeout> | undefined

  const tell = (worker: WorkerProcess, from: Iterable<number>, left: readonly number[]) => {
    const others = [...from].filter((id) => id !== worker.id && latest.has(id))
    if (others.length === 0 && left.length === 0) return
    worker.send({ type: 'peers', reports: others.map((id) => [id, latest.get(id)!]), gone: left })
  }
  function flush(): void {
    timer = undefined
    const left = [...gone]
    for (const worker of workers()) tell(worker, fresh, left)
    fresh.clear()
    gone.clear()
  }
  return {
    report({ id }, report) {
      latest.set(id, report)
      fresh.add(id)
      timer ??= setTimeout(flush, GATHER_MS)
    },
    gone({ id }) {
      latest.delete(id)
      gone.add(id)
      clearTimeout(timer)
      flush()
    },
    welcome: (worker) => tell(worker, latest.keys(), []),
  }
}
