// CPU per request for prompts of different sizes, in prose and in code, whose JSON has many escapes.
import { formatBytes } from '../../src/units.ts'
import { ONE_KB_PROMPT, cpuMicrosPerRequest, drive } from '../drive.ts'
import { inRounds, medians, withBaselines } from '../rounds.ts'
import type { Bench } from '../rounds.ts'
import type { Baseline } from '../baselines.ts'
import type { Bound, Row } from '../row.ts'

const SIZES = [1024, 32 * 1024, 256 * 1024, 1024 * 1024]
const FLAVOURS = ['prose', 'code'] as const
const SHAPE = { concurrency: 8 }
const BOUNDS: Readonly<Record<string, Bound>> = {
  'prose 256 KB': { type: 'ratio', to: 'relay bytes', most: 1.5 },
  'code 256 KB': { type: 'ratio', to: 'relay bytes', most: 3 },
}

export async function measureBodies(bench: Bench): Promise<Row[]> {
  return withBaselines(bench, ['nginx', 'relay bytes', 'gateway'], async (baselines) => {
    await inRounds(baselines, 1, (baseline) => drive(baseline, { shape: SHAPE, requests: 10_000, durationMs: 1000 }))
    const rows: Row[] = []
    for (const flavour of FLAVOURS)
      for (const bytes of SIZES) rows.push(await measureSize(bench, baselines, flavour, bytes))
    return rows
  })
}

async function measureSize(
  bench: Bench,
  baselines: readonly Baseline[],
  flavour: (typeof FLAVOURS)[number],
  bytes: number,
): Promise<Row> {
  const [rounds, durationMs] = bench.isQuick ? [1, 300] : [3, 600]
  const driveOptions = { shape: SHAPE, flavour, promptBytes: bytes - (1024 - ONE_KB_PROMPT) }
  await inRounds(baselines, 1, (baseline) =>
    drive(baseline, { ...driveOptions, requests: 1500, durationMs: bench.isQuick ? 150 : 400 }),
  )
  const readings = await inRounds(baselines, rounds, (baseline) => drive(baseline, { ...driveOptions, durationMs }))
  const name = `${flavour} ${formatBytes(bytes)}`
  const bound = BOUNDS[name]
  return {
    name: `CPU per request, ${name}`,
    unit: 'µs',
    values: medians(readings, cpuMicrosPerRequest),
    ...(bound && { bound }),
  }
}
