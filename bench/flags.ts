// What `npm run bench --` takes.
import { Command, Option } from 'commander'

export const MEASURE_NAMES = [
  'calls',
  'latency',
  'first-token',
  'streams',
  'slow-readers',
  'bodies',
  'translation',
  'cold-start',
] as const

export type MeasureName = (typeof MEASURE_NAMES)[number]

export interface Flags {
  readonly only?: MeasureName
  readonly quick?: boolean
  readonly save?: boolean
  readonly gateway?: string
}

export const createBenchProgram = (): Command =>
  new Command('npm run bench --')
    .description('measure the gateway against nginx, bare relays and direct calls')
    .addOption(new Option('--only <name>', 'one measure').choices(MEASURE_NAMES))
    .option('--quick', 'shorter rounds: under a minute, noisier')
    .option('--save', 'write bench/results/baseline.json, the one that is committed')
    .option('--gateway <command>', 'what starts the gateway, such as dist/sluice (default: bun src/main.ts)')
