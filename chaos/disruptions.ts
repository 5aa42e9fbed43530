// Executes the plan: begins each disruption and undoes it.
import type { Cluster } from '../test/cluster.ts'
import type { ClusterWorkers } from './cluster-workers.ts'
import { type Change, type Disruption, nameOf, type ServerPosition, type Step } from './plan.ts'
import { configFor } from './gateway-config.ts'
import type { SimProcess } from './sim-server.ts'

export interface Testbed {
  readonly cluster: Cluster
  readonly workers: ClusterWorkers
  /** `pools[pool][server]`. */
  readonly pools: readonly (readonly SimProcess[])[]
}

export interface DisruptionRun {
  /** How often each disruption was injected, by its name. */
  readonly counts: ReadonlyMap<string, number>
  /** One line for each disruption that failed. */
  readonly failures: readonly string[]
  /** Resolves when all steps have ended and are undone. */
  readonly done: Promise<void>
}

/** Starts the execution of a plan. */
export function applyDisruptions(plan: readonly Step[], stage: Testbed): DisruptionRun {
  const counts = new Map<string, number>()
  const failures: string[] = []
  const startMs = performance.now()
  async function execute({ atMs, untilMs, disruption }: Step): Promise<void> {
    const name = nameOf(disruption)
    try {
      await Bun.sleep(startMs + atMs - performance.now())
      counts.set(name, (counts.get(name) ?? 0) + 1)
      await begin(disruption, stage)
      await Bun.sleep(Math.max(0, startMs + untilMs - performance.now()))
      await undo(disruption, stage)
    } catch (thrown) {
      failures.push(`${name}: ${thrown instanceof Error ? thrown.message : String(thrown)}`)
    }
  }
  return { counts, failures, done: Promise.all(plan.map(execute)).then(() => undefined) }
}

const serverAt = ({ pools }: Testbed, { pool, server }: ServerPosition): SimProcess => pools[pool]![server]!

async function begin(disruption: Disruption, stage: Testbed): Promise<void> {
  switch (disruption.type) {
    case 'kill':
      return serverAt(stage, disruption.position).kill()
    case 'freeze':
      return serverAt(stage, disruption.position).freeze()
    case 'fault':
      return serverAt(stage, disruption.position).arm(disruption.fault)
    case 'kill-worker':
      return stage.workers.kill(disruption.worker)
    case 'freeze-worker':
      return stage.workers.freeze(disruption.worker)
    case 'reload':
      return reload(stage, disruption.bySignal, disruption.change)
  }
}

async function undo(disruption: Disruption, stage: Testbed): Promise<void> {
  switch (disruption.type) {
    case 'kill':
      return serverAt(stage, disruption.position).restart()
    case 'freeze':
      return serverAt(stage, disruption.position).thaw()
    case 'fault':
      return serverAt(stage, disruption.position).disarm()
    case 'kill-worker':
      return // the supervisor replaces it
    case 'freeze-worker':
      return stage.workers.thaw(disruption.worker)
    case 'reload':
      return reload(stage, disruption.bySignal)
  }
}

/** Writes the file, which the gateway watches; a signal makes it reload at once. */
function reload({ cluster, pools }: Testbed, bySignal: boolean, change?: Change): void {
  cluster.configure(
    configFor(
      pools.map((servers) => servers.map(({ url }) => url)),
      change,
    ),
  )
  if (bySignal) cluster.child.process.kill('SIGHUP')
}
