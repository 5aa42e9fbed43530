// One run: servers, a gateway with workers, the load, and the plan that is executed meanwhile.
import { KEY, series } from '../test/gateway.ts'
import { type Cluster, startCluster } from '../test/cluster.ts'
import { createClusterWorkers } from './cluster-workers.ts'
import { applyDisruptions, type Testbed } from './disruptions.ts'
import { type ChaosLoad, startLoad } from './load.ts'
import { watchMemory } from './memory.ts'
import { watchOrphans } from './orphans.ts'
import { createPlan } from './plan.ts'
import type { Report } from './report.ts'
import { MODELS, configFor } from './gateway-config.ts'
import { type SimProcess, startSim } from './sim-server.ts'
import { Tally } from './tally.ts'

export interface ChaosOptions {
  readonly seed: number
  readonly seconds: number
  readonly workers: number
  readonly clients: number
  /** The run goes on until so many answers were exact, however slow the machine is. */
  readonly leastExact?: number
  /** How long a server may take to notice that a call is over; without it as long as on a machine of its own. */
  readonly orphanGraceMs?: number
}

/** The state of a run in progress. */
export interface Progress {
  readonly tally: Tally
  readonly disruptions: number
  readonly inFlight: number
}

const SERVERS_PER_POOL = 3
/** A step of the smaller model takes about 8 ms, of the larger one 17. */
const SPEED = 0.2

/** Runs to the end and leaves no process behind. `onStart` gets a function that returns the progress. */
export async function runChaos(options: ChaosOptions, onStart: (progress: () => Progress) => void): Promise<Report> {
  const { seed, seconds, workers: count, clients } = options
  const pools = await Promise.all(MODELS.map((model) => startPool(model)))
  const servers = pools.flat()
  const cluster = await startCluster({
    config: configFor(pools.map((pool) => pool.map(({ url }) => url))) as object,
    workers: count,
  })
  try {
    const workers = createClusterWorkers(cluster)
    const tally = new Tally(workers)
    const load = startLoad({
      url: cluster.url,
      key: KEY,
      seed,
      clients,
      models: MODELS,
      onOutcome: (request, outcome) => tally.record(request, outcome),
    })
    const plan = createPlan({ seed, seconds, pools: pools.length, serversPerPool: SERVERS_PER_POOL, workers: count })
    return await execute({ cluster, workers, pools }, plan, load, tally, options, onStart)
  } finally {
    cluster.child.process.kill('SIGKILL')
    for (const server of servers) server.kill()
  }
}

const startPool = (model: string): Promise<readonly SimProcess[]> =>
  Promise.all(Array.from({ length: SERVERS_PER_POOL }, () => startSim(model, SPEED)))

async function execute(
  stage: Testbed,
  plan: ReturnType<typeof createPlan>,
  load: ChaosLoad,
  tally: Tally,
  { seconds, leastExact = 0, orphanGraceMs }: ChaosOptions,
  onStart: (progress: () => Progress) => void,
): Promise<Report> {
  const startedMs = performance.now()
  const orphans = watchOrphans(
    stage.pools.flat(),
    load.endedMs,
    orphanGraceMs === undefined ? {} : { graceMs: orphanGraceMs },
  )
  const memory = watchMemory(stage.cluster)
  const disruptions = applyDisruptions(plan, stage)
  const disrupted = () => [...disruptions.counts.values()].reduce((sum, times) => sum + times, 0)
  onStart(() => ({ tally, disruptions: disrupted(), inFlight: load.inFlight() }))
  await Promise.all([disruptions.done, Bun.sleep(seconds * 1000)])
  while (tally.total.exact < leastExact) await Bun.sleep(50)
  memory.stop()
  await load.stop()
  await orphans.stop()
  return {
    seconds: (performance.now() - startedMs) / 1000,
    disruptions: disruptions.counts,
    failedDisruptions: disruptions.failures,
    tally,
    orphans: orphans.found.size,
    memory: memory.samples,
    ...(await countersOf(stage.cluster)),
  }
}

async function countersOf(cluster: Cluster) {
  const metrics = await cluster.metrics()
  const continued = MODELS.map((model) => series(metrics, `sluice_streams_continued_total{model="${model}"}`))
  return {
    continued: continued.reduce((sum, count) => sum + count, 0),
    restarts: series(metrics, 'sluice_worker_restarts_total'),
    unhandledErrors:
      series(metrics, 'sluice_unhandled_rejections_total') + series(metrics, 'sluice_uncaught_exceptions_total'),
  }
}
