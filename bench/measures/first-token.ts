// The time that each baseline adds to the time to first token.
import { drive } from '../drive.ts'
import { inRounds, mediansAdded, withBaselines } from '../rounds.ts'
import type { Bench } from '../rounds.ts'
import type { Row } from '../row.ts'

const SHAPE = { rate: 400 }
const STREAM = { chunks: 5, paceMs: 4 }
const WARM = { shape: { concurrency: 16 }, stream: { chunks: 5, paceMs: 0 }, requests: 5000, durationMs: 1000 }

export async function measureFirstToken(bench: Bench): Promise<Row[]> {
  const [rounds, durationMs] = bench.isQuick ? [3, 600] : [9, 800]
  return withBaselines(bench, ['direct', 'nginx', 'relay stream', 'gateway'], async (baselines) => {
    await inRounds(baselines, 1, (baseline) => drive(baseline, WARM))
    const readings = await inRounds(baselines, rounds, async (baseline) => {
      const { load } = await drive(baseline, { shape: SHAPE, stream: STREAM, durationMs, warmupMs: 100 })
      return load.tally.firstToken
    })
    const added = (quantile: number) => mediansAdded(readings, (firstToken) => firstToken.quantile(quantile) / 1000)
    return [
      { name: 'added time to first token p50', unit: 'ms', values: added(0.5), bound: { type: 'below', most: 0.3 } },
      { name: 'added time to first token p99', unit: 'ms', values: added(0.99), bound: { type: 'below', most: 1 } },
    ]
  })
}
