// Many streams at once: CPU per chunk, at a model's pace and unpaced, and memory.
import type { Load } from '../../src/bench/load.ts'
import { cpuOf, drive, throwOnFailures, startDrive } from '../drive.ts'
import { residentMb } from '../processes.ts'
import { inRounds, medians, withBaselines } from '../rounds.ts'
import type { Bench } from '../rounds.ts'
import type { Baseline } from '../baselines.ts'
import type { Row } from '../row.ts'

const OPEN_STREAMS = 2000
const PACED = { shape: { concurrency: OPEN_STREAMS }, stream: { chunks: 1_000_000, paceMs: 200 } }
const UNPACED = { shape: { concurrency: 16 }, stream: { chunks: 200, paceMs: 0 } }
const ALL_OPEN_WITHIN_MS = 15_000
const SETTLE_MS = 300

export async function measureStreams(bench: Bench): Promise<Row[]> {
  const [rounds, windowMs] = bench.isQuick ? [1, 2000] : [3, 3000]
  return withBaselines(bench, ['nginx', 'relay stream', 'gateway'], async (baselines) => {
    await Bun.sleep(SETTLE_MS)
    const idle = await inRounds(baselines, 1, async (baseline) => residentMb(baseline.pid!))
    await inRounds(baselines, 1, (baseline) => drive(baseline, { ...UNPACED, durationMs: 700 }))
    const unpaced = await inRounds(baselines, rounds, (baseline) =>
      drive(baseline, { ...UNPACED, durationMs: windowMs / 2 }),
    )
    const paced = await inRounds(baselines, rounds, (baseline) => watchOpenStreams(baseline, windowMs))
    const below = (most: number) => ({ type: 'below', most }) as const
    return [
      {
        name: 'CPU per chunk, 2,000 paced streams',
        unit: 'µs',
        values: medians(paced, ({ cpuMicrosPerChunk }) => cpuMicrosPerChunk),
        bound: { type: 'ratio', to: 'relay stream', most: 1.3 },
      },
      {
        name: 'CPU per chunk, 16 unpaced streams',
        unit: 'µs',
        values: medians(unpaced, ({ cpuSeconds, chunks }) => (cpuSeconds * 1e6) / chunks),
      },
      { name: 'resident memory, idle', unit: 'MB', values: medians(idle, (mb) => mb), bound: below(90) },
      { name: 'resident memory, 2,000 streams', unit: 'MB', values: medians(paced, ({ mb }) => mb), bound: below(200) },
    ]
  })
}

/** Opens all streams and then measures: the cost of opening them is not counted. */
async function watchOpenStreams(
  baseline: Baseline,
  windowMs: number,
): Promise<{ cpuMicrosPerChunk: number; mb: number }> {
  const load = startDrive(baseline, PACED)
  try {
    await untilAllOpen(baseline, load)
    const [cpuBefore, chunksBefore] = [cpuOf(baseline), load.tally.chunks]
    await Bun.sleep(windowMs)
    const cpuSeconds = cpuOf(baseline) - cpuBefore
    const chunks = load.tally.chunks - chunksBefore
    throwOnFailures(baseline, load)
    return { cpuMicrosPerChunk: (cpuSeconds * 1e6) / chunks, mb: residentMb(baseline.pid!) }
  } finally {
    load.stop()
    await load.done
    await Bun.sleep(SETTLE_MS)
  }
}

async function untilAllOpen(baseline: Baseline, { tally }: Load): Promise<void> {
  const deadline = performance.now() + ALL_OPEN_WITHIN_MS
  while (tally.firstToken.count < OPEN_STREAMS) {
    if (performance.now() > deadline || tally.failed > 0) {
      const [first] = tally.failures.values()
      const reason = first ? `${first.kind}: ${first.example}` : 'the others got no response'
      throw new Error(`${baseline.name}: ${tally.firstToken.count} of ${OPEN_STREAMS} streams opened; ${reason}`)
    }
    await Bun.sleep(20)
  }
}
