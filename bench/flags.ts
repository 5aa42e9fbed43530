// The options of `npm run bench --`.
import { Command, Option } from 'commander'

export const MEASURE_NAMES = [
  'requests',
  'one-core',
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
    .description('compare the gateway with nginx, bare relays and direct requests')
    .addOption(new Option('--only <name>', 'run one measurement').choices(MEASURE_NAMES))
    .option('--quick', 'shorter rounds: under a minute, noisier')
    .option('--save', 'write bench/results/baseline.json, which is committed')
    .option('--gateway <command>', 'command that starts the gateway, such as dist/sluice (default: bun src/main.ts)')
