// The gateway's log is on a full disk.
import { resolve } from 'node:path'
import { eventually, series } from '../../test/gateway.ts'
import { startCluster } from '../../test/cluster.ts'
import { startSim } from '../sim-server.ts'
import { countVerdicts, openStreams } from '../streams.ts'
import type { Scenario } from './scenario.ts'

const STREAMS = 200
const TOKENS = 30
const SPEED = 0.2
const LOST = 'sluice_log_lines_dropped_total{reason="write_error"}'

export const fullDisk: Scenario = {
  title: `${STREAMS} streams while the log cannot be written`,
  async run() {
    const server = await startSim('sim-1b', SPEED)
    const config = {
      providers: { gpu: { type: 'vllm', endpoints: [server.url] } },
      models: { 'sim-1b': { targets: ['gpu/sim-1b'] } },
    }
    const source = [process.execPath, resolve(import.meta.dir, '../../src/main.ts')]
    const cluster = await startCluster({
      config,
      workers: 2,
      environment: { LOG_LEVEL: 'info' },
      command: ['sh', '-c', 'exec "$@" > /dev/full', 'sh', ...source],
    })
    try {
      const counts = countVerdicts(await openStreams(cluster.url, STREAMS, TOKENS).ended)
      await eventually(async () => series(await cluster.metrics(), LOST) >= STREAMS)
      const unhandled = series(await cluster.metrics(), 'sluice_uncaught_exceptions_total')
      return {
        rows: [
          ['streams', STREAMS],
          ['exact', counts.exact],
          ['lost log lines, counted', series(await cluster.metrics(), LOST)],
          ['unhandled errors', unhandled],
        ],
        holds: counts.exact === STREAMS && unhandled === 0,
      }
    } finally {
      cluster.child.process.kill('SIGKILL')
      server.kill()
    }
  },
}
