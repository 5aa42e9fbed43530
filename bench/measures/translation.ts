// What it costs to carry a call from OpenAI's language into Anthropic's and back, beside a call that passes as it is.
import { cpuMicrosPerCall, drive } from '../drive.ts'
import { inRounds, medians, withBaselines } from '../rounds.ts'
import type { Bench } from '../rounds.ts'
import type { Row } from '../row.ts'

const WHOLE = { shape: { concurrency: 32 } }
const STREAMED = { shape: { concurrency: 16 }, stream: { chunks: 200, paceMs: 0 } }

export async function measureTranslation(bench: Bench): Promise<Row[]> {
  const [rounds, durationMs] = bench.isQuick ? [3, 600] : [5, 1500]
  return withBaselines({ ...bench, providerType: 'anthropic' }, ['same language', 'gateway'], async (baselines) => {
    await inRounds(baselines, 1, (baseline) =>
      drive(baseline, { ...WHOLE, requests: 20_000, durationMs: 2 * durationMs }),
    )
    const whole = await inRounds(baselines, rounds, (baseline) => drive(baseline, { ...WHOLE, durationMs }))
    await inRounds(baselines, 1, (baseline) => drive(baseline, { ...STREAMED, durationMs }))
    const streamed = await inRounds(baselines, rounds, (baseline) => drive(baseline, { ...STREAMED, durationMs }))
    return [
      {
        name: 'CPU per translated call, 1 KB',
        unit: 'µs',
        values: medians(whole, cpuMicrosPerCall),
        bound: { type: 'ratio', to: 'same language', most: 2.5 },
      },
      {
        name: 'CPU per translated chunk',
        unit: 'µs',
        values: medians(streamed, ({ cpuSeconds, chunks }) => (cpuSeconds * 1e6) / chunks),
        bound: { type: 'ratio', to: 'same language', most: 3 },
      },
    ]
  })
}
