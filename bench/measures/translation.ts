// The cost of translating from OpenAI's format into Anthropic's and back, compared with forwarding unchanged.
import { cpuMicrosPerRequest, drive } from '../drive.ts'
import { inRounds, medians, withBaselines } from '../rounds.ts'
import type { Bench } from '../rounds.ts'
import type { Row } from '../row.ts'

const COMPLETE = { shape: { concurrency: 32 } }
const STREAMED = { shape: { concurrency: 16 }, stream: { chunks: 200, paceMs: 0 } }

export async function measureTranslation(bench: Bench): Promise<Row[]> {
  const [rounds, durationMs] = bench.isQuick ? [3, 600] : [5, 1500]
  return withBaselines({ ...bench, providerType: 'anthropic' }, ['same format', 'gateway'], async (baselines) => {
    await inRounds(baselines, 1, (baseline) =>
      drive(baseline, { ...COMPLETE, requests: 20_000, durationMs: 2 * durationMs }),
    )
    const complete = await inRounds(baselines, rounds, (baseline) => drive(baseline, { ...COMPLETE, durationMs }))
    await inRounds(baselines, 1, (baseline) => drive(baseline, { ...STREAMED, durationMs }))
    const streamed = await inRounds(baselines, rounds, (baseline) => drive(baseline, { ...STREAMED, durationMs }))
    return [
      {
        name: 'CPU per translated request, 1 KB',
        unit: 'µs',
        values: medians(complete, cpuMicrosPerRequest),
        bound: { type: 'ratio', to: 'same format', most: 2.5 },
      },
      {
        name: 'CPU per translated chunk',
        unit: 'µs',
        values: medians(streamed, ({ cpuSeconds, chunks }) => (cpuSeconds * 1e6) / chunks),
        bound: { type: 'ratio', to: 'same format', most: 3 },
      },
    ]
  })
}
