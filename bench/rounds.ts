// Baselines take turns in short rounds, so that other work on the machine affects all of them alike. The median round counts.
import { whyUnavailable, startBaseline } from './baselines.ts'
import type { Baseline, BaselineName, BenchEnvironment } from './baselines.ts'

export interface Bench extends BenchEnvironment {
  readonly isQuick: boolean
  /** What could not be measured, with the reason. */
  readonly failures: Set<string>
}

/** Starts the baselines that can run, passes them to `use`, and always stops them. */
export async function withBaselines<Result>(
  bench: Bench,
  names: readonly BaselineName[],
  use: (baselines: readonly Baseline[]) => Promise<Result>,
): Promise<Result> {
  const baselines: Baseline[] = []
  try {
    for (const name of names) {
      const baseline = await tryStart(bench, name)
      if (baseline) baselines.push(baseline)
    }
    return await use(baselines)
  } finally {
    await Promise.all(baselines.map((baseline) => baseline.stop()))
  }
}

/** Undefined if this baseline is not installed or does not start; then `failures` has the reason. */
export async function tryStart(bench: Bench, name: BaselineName): Promise<Baseline | undefined> {
  const reason = whyUnavailable(name, bench)
  if (reason !== undefined) {
    bench.failures.add(`${name}: ${reason}`)
    return undefined
  }
  try {
    return await startBaseline(name, bench)
  } catch (thrown) {
    bench.failures.add((thrown as Error).message)
    return undefined
  }
}

export type Readings<Reading> = ReadonlyMap<BaselineName, readonly Reading[]>

/** A B C, A B C: one reading of each baseline in each round. */
export async function inRounds<Reading>(
  baselines: readonly Baseline[],
  rounds: number,
  read: (baseline: Baseline) => Promise<Reading>,
): Promise<Readings<Reading>> {
  const readings = new Map<BaselineName, Reading[]>(baselines.map(({ name }) => [name, []]))
  for (let round = 0; round < rounds; round++)
    for (const baseline of baselines) readings.get(baseline.name)!.push(await read(baseline))
  return readings
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = Math.floor(sorted.length / 2)
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2
}

export type Values = Readonly<Partial<Record<BaselineName, number>>>

/** The median over the rounds of one number of each reading. */
export const medians = <Reading>(readings: Readings<Reading>, pick: (reading: Reading) => number): Values =>
  Object.fromEntries([...readings].map(([name, list]) => [name, median(list.map(pick))]))

/** The same, minus the direct value of the same round. */
export function mediansAdded<Reading>(readings: Readings<Reading>, pick: (reading: Reading) => number): Values {
  const direct = readings.get('direct')!
  const others = [...readings].filter(([name]) => name !== 'direct')
  const added = (list: readonly Reading[]) => median(list.map((reading, round) => pick(reading) - pick(direct[round]!)))
  return { ...Object.fromEntries(others.map(([name, list]) => [name, added(list)])), direct: median(direct.map(pick)) }
}
