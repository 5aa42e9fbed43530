// The latency that each baseline adds to a complete response at a fixed rate.
import { drive } from '../drive.ts'
import { inRounds, mediansAdded, withBaselines } from '../rounds.ts'
import type { Bench } from '../rounds.ts'
import type { Row } from '../row.ts'

const SHAPE = { rate: 1000 }
const WARM = { shape: { concurrency: 16 }, requests: 12_000, durationMs: 1000 }

export async function measureLatency(bench: Bench): Promise<Row[]> {
  const [rounds, durationMs] = bench.isQuick ? [3, 600] : [9, 800]
  return withBaselines(bench, ['direct', 'nginx', 'relay json', 'gateway'], async (baselines) => {
    await inRounds(baselines, 1, (baseline) => drive(baseline, WARM))
    const readings = await inRounds(baselines, rounds, async (baseline) => {
      const { load } = await drive(baseline, { shape: SHAPE, durationMs, warmupMs: 100 })
      return load.tally.latency
    })
    const added = (quantile: number) => mediansAdded(readings, (latency) => latency.quantile(quantile) / 1000)
    return [
      { name: 'added latency p50, 1,000 requests/s', unit: 'ms', values: added(0.5) },
      {
        name: 'added latency p99, 1,000 requests/s',
        unit: 'ms',
        values: added(0.99),
        bound: { type: 'below', most: 1 },
      },
    ]
  })
}
