// The entry of the program: runs the command line.
import { ownCommand } from './cli/own-command.ts'

/** Requests through a proxy at a time; otherwise 256. The runtime reads the variable only when the process starts. */
const MAX_PROXIED_REQUESTS = { BUN_CONFIG_MAX_HTTP_REQUESTS: '65535' }

const hasProxy = ['http_proxy', 'https_proxy', 'all_proxy'].some(
  (name) => process.env[name] || process.env[name.toUpperCase()],
)

if (hasProxy && !process.env['BUN_CONFIG_MAX_HTTP_REQUESTS'] && process.execve) {
  // Replaces the process image: the parent keeps the same child, and no second process stays in memory.
  const command = ownCommand()
  process.execve(command[0], [...command], { ...process.env, ...MAX_PROXIED_REQUESTS })
}

// Loaded here, because the process that is replaced does not need it.
const [{ createProgram, runProgram }, { default: manifest }] = await Promise.all([
  import('./cli/program.ts'),
  import('../package.json'),
])
await runProgram(createProgram(manifest.version), process.argv.slice(2))
