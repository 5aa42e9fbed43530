// The options of `npm run chaos --`.
import { Command, InvalidArgumentError, Option } from 'commander'
import type { ChaosOptions } from './run.ts'

export const SCENARIO_NAMES = [
  'killed-server',
  'killed-worker',
  'rolling-restart',
  'cpu-quota',
  'moved-address',
  'stalled-handshake',
  'full-disk',
] as const

export type ScenarioName = (typeof SCENARIO_NAMES)[number]

export interface Flags extends ChaosOptions {
  readonly scenario?: ScenarioName
}

export const createChaosProgram = (): Command =>
  new Command('npm run chaos --')
    .description('inject faults into servers and workers under load, and check every response')
    .option('--seconds <number>', 'duration', positive, 300)
    .option(
      '--seed <number>',
      'the same seed gives the same faults and requests',
      positive,
      1 + Math.floor(Math.random() * 9999),
    )
    .option('--workers <number>', 'worker processes of the gateway', positive, 3)
    .option('--clients <number>', 'clients that send requests without pause', positive, 48)
    .addOption(new Option('--scenario <name>', 'run one scenario instead of all faults').choices(SCENARIO_NAMES))

function positive(text: string): number {
  const value = Number(text)
  if (Number.isInteger(value) && value > 0) return value
  throw new InvalidArgumentError('Use a whole number above 0.')
}
