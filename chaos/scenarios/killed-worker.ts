// kill -9 of one of four workers.
import { startCluster } from '../../test/cluster.ts'
import { eventually, series } from '../../test/gateway.ts'
import { createClusterWorkers } from '../cluster-workers.ts'
import { startSim } from '../sim-server.ts'
import { countVerdicts, type Ended, openStreams } from '../streams.ts'
import type { Scenario } from './scenario.ts'

const WORKERS = 4
const STREAMS = 200
const TOKENS = 120
const SPEED = 0.08
const BACK_WITHIN_MS = 1000

export const killedWorker: Scenario = {
  title: 'kill -9 of one of four workers, 200 streams in flight',
  async run() {
    const servers = await Promise.all([startSim('sim-1b', SPEED), startSim('sim-1b', SPEED)])
    const config = {
      providers: { gpu: { type: 'vllm', endpoints: servers.map(({ url }) => url) } },
      models: { 'sim-1b': { targets: ['gpu/sim-1b'] } },
    }
    const cluster = await startCluster({ config, workers: WORKERS })
    const workers = createClusterWorkers(cluster)
    const ready = async () => series(await cluster.metrics(), 'sluice_workers{state="ready"}')
    try {
      const streams = openStreams(cluster.url, STREAMS, TOKENS)
      await streams.begun
      const killedMs = performance.now()
      workers.kill(0)
      await eventually(async () => (await ready()) < WORKERS)
      await eventually(async () => (await ready()) === WORKERS)
      const backMs = performance.now() - killedMs
      const ended = await streams.ended
      const isLost = ({ outcome }: Ended) => workers.wasKilled(outcome.port, outcome.openedMs)
      const ofKilled = countVerdicts(ended.filter(isLost))
      const others = countVerdicts(ended.filter((each) => !isLost(each)))
      const remaining = STREAMS - ofKilled.incomplete
      return {
        rows: [
          ['streams in flight', STREAMS],
          ['broken streams, all of the killed worker', ofKilled.incomplete],
          ['streams of the other workers', remaining],
          ['of these exact', others.exact],
          ['four workers ready again after', `${backMs.toFixed(0)} ms`],
        ],
        holds: others.exact === remaining && ofKilled.incomplete > 0 && backMs < BACK_WITHIN_MS,
      }
    } finally {
      cluster.child.process.kill('SIGKILL')
      for (const server of servers) server.kill()
    }
  },
}
