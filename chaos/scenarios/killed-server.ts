// kill -9 of a server that carries two hundred streams.
import { series } from '../../test/gateway.ts'
import { startCluster } from '../../test/cluster.ts'
import { startSim } from '../sim-server.ts'
import { countVerdicts, openStreams } from '../streams.ts'
import type { Scenario } from './scenario.ts'

const STREAMS = 400
const TOKENS = 150
/** A step of a server with 200 streams takes about 25 ms. */
const SPEED = 0.08

export const killedServer: Scenario = {
  title: 'kill -9 of one of two servers, each with 200 streams',
  async run() {
    const servers = await Promise.all([startSim('sim-1b', SPEED), startSim('sim-1b', SPEED)])
    const config = {
      providers: { gpu: { type: 'vllm', endpoints: servers.map(({ url }) => url) } },
      models: { 'sim-1b': { targets: ['gpu/sim-1b'], policy: 'least_request' } },
    }
    const cluster = await startCluster({ config, workers: 2 })
    try {
      const streams = openStreams(cluster.url, STREAMS, TOKENS)
      await streams.begun
      const carried = (await servers[0].openCalls()).length
      servers[0].kill()
      const counts = countVerdicts(await streams.ended)
      const continued = series(await cluster.metrics(), 'sluice_streams_continued_total{model="sim-1b"}')
      return {
        rows: [
          ['streams in flight', STREAMS],
          ['on the killed server', carried],
          ['continued on the other server', continued],
          ['exact at the client, usage included', counts.exact],
          ['ended with an error', counts.error],
          ['broken connections', counts.incomplete],
          ['wrong responses', counts.wrong],
        ],
        holds: counts.exact === STREAMS && carried > STREAMS / 4,
      }
    } finally {
      cluster.child.process.kill('SIGKILL')
      for (const server of servers) server.kill()
    }
  },
}
