// The entry of the program: runs the command line.
import { ownCommand } from './cli/own-command.ts'

/** The runtime reads these variables only when the process starts. */
const RUNTIME_VARIABLES: Readonly<Record<string, string>> = {
  BUN_CONFIG_MAX_HTTP_REQUESTS: '65535', // upstream requests at a time; otherwise 256
  BUN_CONFIG_DNS_TIME_TO_LIVE_SECONDS: '1', // otherwise 30: so long every request would go to an address that has moved
}

const missing = Object.entries(RUNTIME_VARIABLES).filter(([name]) => !process.env[name])

if (missing.length > 0 && process.execve) {
  // Replaces the process image: the parent keeps the same child, and no second process stays in memory.
  const command = ownCommand()
  process.execve(command[0], [...command], { ...process.env, ...Object.fromEntries(missing) })
}

// Loaded here, because the process that is replaced does not need it.
const [{ createProgram, runProgram }, { default: manifest }] = await Promise.all([
  import('./cli/program.ts'),
  import('../package.json'),
])
await runProgram(createProgram(manifest.version), process.argv.slice(2))
