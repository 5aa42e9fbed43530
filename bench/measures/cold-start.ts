// Time from the start of the process to its first response.
import { median, tryStart } from '../rounds.ts'
import type { Bench } from '../rounds.ts'
import type { BaselineName } from '../baselines.ts'
import type { Row } from '../row.ts'

const BASELINES: readonly BaselineName[] = ['nginx', 'relay json', 'gateway']

export async function measureColdStart(bench: Bench): Promise<Row[]> {
  const rounds = bench.isQuick ? 3 : 7
  const taken = new Map<BaselineName, number[]>()
  for (let round = 0; round < rounds; round++) {
    for (const name of BASELINES) {
      const startedAt = performance.now()
      const baseline = await tryStart(bench, name)
      if (baseline) taken.set(name, [...(taken.get(name) ?? []), performance.now() - startedAt])
      await baseline?.stop()
    }
  }
  const values = Object.fromEntries([...taken].map(([name, list]) => [name, median(list)]))
  return [{ name: 'cold start to first response', unit: 'ms', values, bound: { type: 'below', most: 500 } }]
}
