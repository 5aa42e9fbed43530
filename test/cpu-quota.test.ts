// A gateway that may use a fifth of a core, from its start on: it is slow, and nothing breaks.
import { expect, test } from 'bun:test'
import { resolve } from 'node:path'
import { createCpuQuota } from '../chaos/cpu-quota.ts'
import { countVerdicts, openStreams } from '../chaos/streams.ts'
import { startFleet } from '../src/sim/fleet.ts'
import { startCluster } from './cluster.ts'
import { eventually, series } from './gateway.ts'

const SOURCE = [process.execPath, resolve(import.meta.dir, '../src/main.ts')]
const WORKERS = 4
const STREAMS = 40

test.if(process.platform === 'linux')(
  'no worker is killed and no connection is reset',
  async () => {
    const fleet = await startFleet({ servers: 1, speed: 0.1 })
    const quota = createCpuQuota(0.2)
    const timeouts = { total: '10m', firstEvent: '10m', idle: '10m' }
    const config = {
      providers: { gpu: { type: 'vllm', endpoints: fleet.urls, timeouts } },
      models: { 'sim-1b': { targets: ['gpu/sim-1b'] } },
    }
    const cluster = await startCluster({ config, workers: WORKERS, command: quota.command(SOURCE) })
    try {
      const pids = cluster.pids().toSorted()
      expect(pids).toHaveLength(WORKERS)
      const verdicts = countVerdicts(await openStreams(cluster.url, STREAMS, 20).ended)
      expect(verdicts).toEqual({ exact: STREAMS, error: 0, incomplete: 0, wrong: 0 })
      await eventually(async () => series(await cluster.metrics(), 'sluice_workers{state="ready"}') === WORKERS)
      expect(series(await cluster.metrics(), 'sluice_worker_restarts_total')).toBe(0)
      expect(cluster.pids().toSorted()).toEqual(pids)
    } finally {
      for (const pid of cluster.pids()) process.kill(pid, 'SIGKILL')
      cluster.child.process.kill('SIGKILL')
      await cluster.child.process.exited
      await quota.remove()
      fleet.stop()
    }
  },
  300_000,
)
