// The command line.
import { ownCommand } from './cli/own-command.ts'
import { createProgram, runProgram } from './cli/program.ts'
import manifest from '../package.json'

/** The runtime reads this only when the process starts, and without it allows 256 upstream calls at a time. */
const MOST_UPSTREAM_CALLS = 'BUN_CONFIG_MAX_HTTP_REQUESTS'

if (!process.env[MOST_UPSTREAM_CALLS] && process.execve) {
  // Once more, as the same process: what started us keeps its hold on us, and no second process stays in memory.
  const command = ownCommand()
  process.execve(command[0], [...command], { ...process.env, [MOST_UPSTREAM_CALLS]: '65535' })
}

await runProgram(createProgram(manifest.version), process.argv.slice(2))
