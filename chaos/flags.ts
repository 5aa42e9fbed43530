// What `npm run chaos --` takes.
import { Command, InvalidArgumentError, Option } from 'commander'
import type { ChaosOptions } from './run.ts'

export const SCENE_NAMES = ['killed-server', 'killed-worker', 'rolling-restart'] as const

export type SceneName = (typeof SCENE_NAMES)[number]

export interface Flags extends ChaosOptions {
  readonly scene?: SceneName
}

export const createChaosProgram = (): Command =>
  new Command('npm run chaos --')
    .description('kill, freeze and confuse servers and workers under load, and check every answer')
    .option('--seconds <number>', 'how long', positive, 300)
    .option('--seed <number>', 'the same faults and calls again', positive, 1 + Math.floor(Math.random() * 9999))
    .option('--workers <number>', 'worker processes of the gateway', positive, 3)
    .option('--clients <number>', 'clients that ask without pause', positive, 48)
    .addOption(new Option('--scene <name>', 'one thing, looked at closely, instead of all').choices(SCENE_NAMES))

function positive(text: string): number {
  const value = Number(text)
  if (Number.isInteger(value) && value > 0) return value
  throw new InvalidArgumentError('Give a whole number above 0.')
}
