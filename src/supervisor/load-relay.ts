import type { ToWorker } from './messages.ts'
import type { LoadReport } from './peer-loads.ts'
import type { WorkerProcess } from './worker-process.ts'

/** Long enough for what all workers say at one tick of the clock. */
const GATHER_MS = 5

export interface LoadRelay {
  report(worker: WorkerProcess, report: LoadReport): void
  /** What it said counts no more. */
  gone(worker: WorkerProcess): void
  /** All there is to know, for a new one. */
  catchUp(id: number): ToWorker[]
}

/** Passes what each worker says of the endpoints to all the others, gathered. */
export function createLoadRelay(workers: () => readonly WorkerProcess[]): LoadRelay {
  const latest = new Map<number, { readonly report: LoadReport; readonly atMs: number }>()
  const fresh = new Set<number>()
  const gone = new Set<number>()
  let timer: ReturnType<typeof setTimeout> | undefined

  function news(to: number, from: Iterable<number>, left: readonly number[]): ToWorker[] {
    const nowMs = performance.now()
    const reports = [...from].flatMap((id) => {
      const said = id === to ? undefined : latest.get(id)
      return said ? [[id, said.report, nowMs - said.atMs] as const] : []
    })
    return reports.length === 0 && left.length === 0 ? [] : [{ type: 'peers', reports, gone: left }]
  }
  function flush(): void {
    timer = undefined
    const left = [...gone]
    for (const worker of workers()) for (const message of news(worker.id, fresh, left)) worker.send(message)
    fresh.clear()
    gone.clear()
  }
  return {
    report({ id }, report) {
      latest.set(id, { report, atMs: performance.now() })
      fresh.add(id)
      timer ??= setTimeout(flush, GATHER_MS)
    },
    gone({ id }) {
      latest.delete(id)
      gone.add(id)
      clearTimeout(timer)
      flush()
    },
    catchUp: (id) => news(id, latest.keys(), []),
  }
}
