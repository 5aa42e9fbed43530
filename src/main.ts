// The entry of the program: runs the command line.
import { ownCommand } from './cli/own-command.ts'
import { createProgram, runProgram } from './cli/program.ts'
import manifest from '../package.json'

/** The runtime reads this variable only when the process starts. Without it, it allows 256 upstream requests at a time. */
const MAX_UPSTREAM_REQUESTS = 'BUN_CONFIG_MAX_HTTP_REQUESTS'

if (!process.env[MAX_UPSTREAM_REQUESTS] && process.execve) {
  // Replaces the process image: the parent keeps the same child, and no second process stays in memory.
  const command = ownCommand()
  process.execve(command[0], [...command], { ...process.env, [MAX_UPSTREAM_REQUESTS]: '65535' })
}

await runProgram(createProgram(manifest.version), process.argv.slice(2))
