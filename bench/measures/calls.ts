// CPU per whole answer, and how many a second.
import { cpuMicrosPerCall, drive } from '../drive.ts'
import { inRounds, medians, withBaselines } from '../rounds.ts'
import type { Bench } from '../rounds.ts'
import type { Row } from '../row.ts'

const SHAPE = { concurrency: 32 }

export async function measureCalls(bench: Bench): Promise<Row[]> {
  const [rounds, durationMs] = bench.isQuick ? [3, 600] : [5, 1500]
  // What a JIT compiler has settled on after so many calls is what runs for the rest of the process's life.
  const warm = { shape: SHAPE, requests: 20_000, durationMs: bench.isQuick ? 1500 : 3000 }
  return withBaselines(bench, ['direct', 'nginx', 'relay json', 'gateway'], async (baselines) => {
    await inRounds(baselines, 1, (baseline) => drive(baseline, warm))
    const readings = await inRounds(baselines, rounds, (baseline) => drive(baseline, { shape: SHAPE, durationMs }))
    const { direct: _none, ...cpu } = medians(readings, cpuMicrosPerCall)
    return [
      { name: 'CPU per call, 1 KB', unit: 'µs', values: cpu, bound: { type: 'ratio', to: 'nginx', most: 4 } },
      { name: 'calls, 32 callers', unit: '/s', values: medians(readings, (reading) => reading.callsPerSecond) },
    ]
  })
}
