// A gateway whose container may use a fifth of a core, from its start on.
import { resolve } from 'node:path'
import { eventually, series } from '../../test/gateway.ts'
import { startCluster } from '../../test/cluster.ts'
import { createCpuQuota } from '../cpu-quota.ts'
import { startSim } from '../sim-server.ts'
import { countVerdicts, openStreams } from '../streams.ts'
import type { Scenario } from './scenario.ts'

const SHARE = 0.2
const WORKERS = 4
const ROUNDS = 6
const STREAMS = 100
const TOKENS = 40
const SPEED = 0.02
/** The upstream is in order: what is slow is the gateway. */
const PATIENT = { total: '10m', firstEvent: '10m', idle: '10m' }

export const cpuQuota: Scenario = {
  title: `${WORKERS} workers with a CPU quota of ${SHARE * 100} % of a core, ${ROUNDS} times ${STREAMS} streams`,
  async run() {
    const server = await startSim('sim-1b', SPEED)
    const quota = createCpuQuota(SHARE)
    const source = [process.execPath, resolve(import.meta.dir, '../../src/main.ts')]
    const config = {
      providers: { gpu: { type: 'vllm', endpoints: [server.url], timeouts: PATIENT } },
      models: { 'sim-1b': { targets: ['gpu/sim-1b'] } },
    }
    const startedMs = performance.now()
    const cluster = await startCluster({ config, workers: WORKERS, command: quota.command(source) })
    const readyMs = performance.now() - startedMs
    const pids = cluster.pids().toSorted()
    try {
      const counts = { exact: 0, incomplete: 0, others: 0 }
      for (let round = 0; round < ROUNDS; round++) {
        const { exact, incomplete, error, wrong } = countVerdicts(await openStreams(cluster.url, STREAMS, TOKENS).ended)
        counts.exact += exact
        counts.incomplete += incomplete
        counts.others += error + wrong
      }
      await eventually(async () => series(await cluster.metrics(), 'sluice_workers{state="ready"}') === WORKERS)
      const replaced = series(await cluster.metrics(), 'sluice_worker_restarts_total')
      const runMs = performance.now() - startedMs
      return {
        rows: [
          ['quota by', quota.kind],
          ['ready after', `${(readyMs / 1000).toFixed(1)} s`],
          ['streams', ROUNDS * STREAMS],
          ['exact', counts.exact],
          ['broken connections', counts.incomplete],
          ['errors and wrong responses', counts.others],
          ['workers replaced', replaced],
          ['duration', `${(runMs / 1000).toFixed(0)} s`],
        ],
        holds:
          counts.exact === ROUNDS * STREAMS && replaced === 0 && String(pids) === String(cluster.pids().toSorted()),
      }
    } finally {
      for (const pid of cluster.pids()) process.kill(pid, 'SIGKILL')
      cluster.child.process.kill('SIGKILL')
      server.kill()
      await cluster.child.process.exited
      await quota.remove()
    }
  },
}
