// Requests with each server on one processor core, as in a container of one CPU: the threads of its compiler and of its
// collector share the core with the requests.
import { cpuMicrosPerRequest, drive, type Reading } from '../drive.ts'
import { inRounds, medians, withBaselines } from '../rounds.ts'
import type { Bench } from '../rounds.ts'
import type { Row } from '../row.ts'

const SHAPE = { concurrency: 16 }

/** The first requests run code that is not compiled yet. */
const COLD_REQUESTS = 2000
const COLD_AT_MOST_MS = 30_000

const kernelMicrosPerRequest = ({ kernelSeconds, requests }: Reading) => (kernelSeconds * 1e6) / requests
const faultsPerRequest = ({ pageFaults, requests }: Reading) => pageFaults / requests

export async function measureOneCore(bench: Bench): Promise<Row[]> {
  const [rounds, durationMs] = bench.isQuick ? [3, 800] : [5, 2000]
  const cold = { shape: SHAPE, requests: COLD_REQUESTS, durationMs: COLD_AT_MOST_MS }
  const warm = { shape: SHAPE, durationMs: bench.isQuick ? 2000 : 5000 }
  return withBaselines({ ...bench, core: 0 }, ['nginx', 'relay json', 'gateway'], async (baselines) => {
    const first = await inRounds(baselines, 1, (baseline) => drive(baseline, cold))
    await inRounds(baselines, 1, (baseline) => drive(baseline, warm))
    const readings = await inRounds(baselines, rounds, (baseline) => drive(baseline, { shape: SHAPE, durationMs }))
    const cpu = medians(readings, cpuMicrosPerRequest)
    return [
      { name: 'one core: CPU of the first 2,000', unit: 'µs', values: medians(first, cpuMicrosPerRequest) },
      {
        name: 'one core: CPU per request',
        unit: 'µs',
        values: cpu,
        bound: { type: 'ratio', to: 'relay json', most: 2 },
      },
      { name: 'one core: of it in the kernel', unit: 'µs', values: medians(readings, kernelMicrosPerRequest) },
      { name: 'one core: page faults', unit: 'each', values: medians(readings, faultsPerRequest) },
    ]
  })
}
