// CPU per complete response, and responses per second.
import { cpuMicrosPerRequest, drive } from '../drive.ts'
import { inRounds, medians, withBaselines } from '../rounds.ts'
import type { Bench } from '../rounds.ts'
import type { Row } from '../row.ts'

const SHAPE = { concurrency: 32 }

export async function measureRequests(bench: Bench): Promise<Row[]> {
  const [rounds, durationMs] = bench.isQuick ? [3, 600] : [5, 1500]
  // After this many requests the JIT compiler has settled on the code that runs from then on.
  const warm = { shape: SHAPE, requests: 20_000, durationMs: bench.isQuick ? 1500 : 3000 }
  return withBaselines(bench, ['direct', 'nginx', 'relay json', 'gateway'], async (baselines) => {
    await inRounds(baselines, 1, (baseline) => drive(baseline, warm))
    const readings = await inRounds(baselines, rounds, (baseline) => drive(baseline, { shape: SHAPE, durationMs }))
    const { direct: _none, ...cpu } = medians(readings, cpuMicrosPerRequest)
    return [
      { name: 'CPU per request, 1 KB', unit: 'µs', values: cpu, bound: { type: 'ratio', to: 'nginx', most: 4 } },
      { name: 'requests, 32 clients', unit: '/s', values: medians(readings, (reading) => reading.requestsPerSecond) },
    ]
  })
}
