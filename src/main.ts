#!/usr/bin/env bun
// The command line. Each command has a file of its own in cli/.
import { Command } from 'commander'
import { benchCommand } from './cli/bench.ts'
import { checkCommand } from './cli/check.ts'
import { doctorCommand } from './cli/doctor.ts'
import { explainCommand } from './cli/explain.ts'
import { ownCommand } from './cli/own-command.ts'
import { serveCommand } from './cli/serve.ts'
import { simCommand } from './cli/sim.ts'
import manifest from '../package.json'

/** The runtime reads this only when the process starts, and without it allows 256 upstream calls at a time. */
const MOST_UPSTREAM_CALLS = 'BUN_CONFIG_MAX_HTTP_REQUESTS'

if (!process.env[MOST_UPSTREAM_CALLS] && process.execve) {
  // Once more, as the same process: what started us keeps its hold on us, and no second process stays in memory.
  const command = ownCommand()
  process.execve(command[0], [...command], { ...process.env, [MOST_UPSTREAM_CALLS]: '65535' })
}

const { version } = manifest

const program = new Command('sluice')
  .description(
    'One gateway to every model: OpenAI-compatible, in front of hosted providers and your own inference servers.',
  )
  .version(version)
  .addCommand(serveCommand(version), { isDefault: true })
  .addCommand(checkCommand())
  .addCommand(explainCommand())
  .addCommand(doctorCommand(version))
  .addCommand(simCommand())
  .addCommand(benchCommand())

await program.parseAsync(process.argv)
