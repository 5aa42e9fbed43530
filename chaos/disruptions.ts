// Does what the plan says, and undoes it.
import type { Cluster } from '../test/cluster.ts'
import type { CrewWorkers } from './cluster-workers.ts'
import { type Change, type Harm, nameOf, type Place, type Step } from './plan.ts'
import { settingFor } from './setting.ts'
import type { SimProcess } from './sim-server.ts'

export interface Stage {
  readonly cluster: Cluster
  readonly workers: CrewWorkers
  /** `pools[pool][server]`. */
  readonly pools: readonly (readonly SimProcess[])[]
}

export interface Disruptions {
  /** How often each has been done, by its name. */
  readonly counts: ReadonlyMap<string, number>
  /** What could not be done, in words. */
  readonly failures: readonly string[]
  /** Resolves when all steps are over and undone. */
  readonly done: Promise<void>
}

/** Begins to carry out a plan. */
export function applyDisruptions(plan: readonly Step[], stage: Stage): Disruptions {
  const counts = new Map<string, number>()
  const failures: string[] = []
  const startMs = performance.now()
  async function carryOut({ atMs, untilMs, harm }: Step): Promise<void> {
    const name = nameOf(harm)
    try {
      await Bun.sleep(startMs + atMs - performance.now())
      counts.set(name, (counts.get(name) ?? 0) + 1)
      await begin(harm, stage)
      await Bun.sleep(Math.max(0, startMs + untilMs - performance.now()))
      await undo(harm, stage)
    } catch (thrown) {
      failures.push(`${name}: ${thrown instanceof Error ? thrown.message : String(thrown)}`)
    }
  }
  return { counts, failures, done: Promise.all(plan.map(carryOut)).then(() => undefined) }
}

const serverAt = ({ pools }: Stage, { pool, server }: Place): SimProcess => pools[pool]![server]!

async function begin(harm: Harm, stage: Stage): Promise<void> {
  switch (harm.type) {
    case 'kill':
      return serverAt(stage, harm.place).kill()
    case 'freeze':
      return serverAt(stage, harm.place).freeze()
    case 'fault':
      return serverAt(stage, harm.place).arm(harm.fault)
    case 'kill-worker':
      return stage.workers.kill(harm.worker)
    case 'freeze-worker':
      return stage.workers.freeze(harm.worker)
    case 'reload':
      return reload(stage, harm.bySignal, harm.change)
  }
}

async function undo(harm: Harm, stage: Stage): Promise<void> {
  switch (harm.type) {
    case 'kill':
      return serverAt(stage, harm.place).restart()
    case 'freeze':
      return serverAt(stage, harm.place).thaw()
    case 'fault':
      return serverAt(stage, harm.place).disarm()
    case 'kill-worker':
      return // its supervisor does
    case 'freeze-worker':
      return stage.workers.thaw(harm.worker)
    case 'reload':
      return reload(stage, harm.bySignal)
  }
}

/** Writes the file, which is watched; a signal says so at once. */
function reload({ cluster, pools }: Stage, bySignal: boolean, change?: Change): void {
  cluster.configure(
    settingFor(
      pools.map((servers) => servers.map(({ url }) => url)),
      change,
    ),
  )
  if (bySignal) cluster.child.process.kill('SIGHUP')
}
