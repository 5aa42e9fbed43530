// One run: servers, a gateway with workers, the load, and the plan that is carried out meanwhile.
import { KEY, series } from '../test/gateway.ts'
import { type Crew, startCrew } from '../test/crew.ts'
import { createCrewWorkers } from './crew-workers.ts'
import { inflict, type Stage } from './injuries.ts'
import { type ChaosLoad, startLoad } from './load.ts'
import { watchMemory } from './memory.ts'
import { watchOrphans } from './orphans.ts'
import { createPlan } from './plan.ts'
import type { Report } from './report.ts'
import { MODELS, settingFor } from './setting.ts'
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

/** What can be seen of a run that goes on. */
export interface Progress {
  readonly tally: Tally
  readonly injuries: number
  readonly inFlight: number
}

const SERVERS_PER_POOL = 3
/** A step of the smaller model takes about 8 ms, of the larger one 17. */
const SPEED = 0.2

/** Runs to the end and leaves no process behind. `onStart` is given a look at the run. */
export async function runChaos(options: ChaosOptions, onStart: (progress: () => Progress) => void): Promise<Report> {
  const { seed, seconds, workers: count, clients } = options
  const pools = await Promise.all(MODELS.map((model) => startPool(model)))
  const servers = pools.flat()
  const crew = await startCrew({
    config: settingFor(pools.map((pool) => pool.map(({ url }) => url))) as object,
    workers: count,
  })
  try {
    const workers = createCrewWorkers(crew)
    const tally = new Tally(workers)
    const load = startLoad({
      url: crew.url,
      key: KEY,
      seed,
      clients,
      models: MODELS,
      onOutcome: (call, outcome) => tally.record(call, outcome),
    })
    const plan = createPlan({ seed, seconds, pools: pools.length, serversPerPool: SERVERS_PER_POOL, workers: count })
    return await carryOut({ crew, workers, pools }, plan, load, tally, options, onStart)
  } finally {
    crew.child.process.kill('SIGKILL')
    for (const server of servers) server.kill()
  }
}

const startPool = (model: string): Promise<readonly SimProcess[]> =>
  Promise.all(Array.from({ length: SERVERS_PER_POOL }, () => startSim(model, SPEED)))

async function carryOut(
  stage: Stage,
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
  const memory = watchMemory(stage.crew)
  const injuries = inflict(plan, stage)
  const harmed = () => [...injuries.counts.values()].reduce((sum, times) => sum + times, 0)
  onStart(() => ({ tally, injuries: harmed(), inFlight: load.inFlight() }))
  await Promise.all([injuries.done, Bun.sleep(seconds * 1000)])
  while (tally.total.exact < leastExact) await Bun.sleep(50)
  memory.stop()
  await load.stop()
  await orphans.stop()
  return {
    seconds: (performance.now() - startedMs) / 1000,
    injuries: injuries.counts,
    undone: injuries.failures,
    tally,
    orphans: orphans.found.size,
    memory: memory.samples,
    ...(await countersOf(stage.crew)),
  }
}

async function countersOf(crew: Crew) {
  const metrics = await crew.metrics()
  const continued = MODELS.map((model) => series(metrics, `sluice_streams_continued_total{model="${model}"}`))
  return {
    continued: continued.reduce((sum, count) => sum + count, 0),
    restarts: series(metrics, 'sluice_worker_restarts_total'),
    alarms: series(metrics, 'sluice_unhandled_rejections_total') + series(metrics, 'sluice_uncaught_exceptions_total'),
  }
}
