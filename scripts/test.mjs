// Runs the whole suite, finding (or, where it may, installing) the services that some tests talk to.
// With arguments it is `bun test --timeout 60000 ARGS`: the limit of the command covers hooks, that of bunfig.toml does not.
import { spawn } from 'node:child_process'
import { ensureServices } from './services.mjs'

ensureServices()
const child = spawn('bun', ['test', '--timeout', '60000', ...process.argv.slice(2)], {
  stdio: ['ignore', 'inherit', 'pipe'],
  // Client, gateway and upstream share the process of a test: the runtime's usual bound of 256 sockets is soon reached.
  env: { ...process.env, BUN_CONFIG_MAX_HTTP_REQUESTS: '65535' },
})
let tail = ''
child.stderr.on('data', (chunk) => {
  process.stderr.write(chunk)
  tail = (tail + chunk).slice(-4000)
})
child.on('close', (code, signal) => {
  const count = (word) => Number(tail.match(new RegExp(`^\\s*(\\d+) ${word}$`, 'm'))?.[1] ?? 0)
  const [passed, failed, skipped] = [count('pass'), count('fail'), count('skip')]
  const errors = count('errors?') // outside of any test; one while a file is read leaves out its tests
  const rest = [skipped && `${skipped} skipped`, errors && `${errors} errors between tests`].filter(Boolean)
  console.log([`${passed} passed, ${failed} failed`, ...rest].join(', '))
  process.exit(signal ? 1 : (code ?? 1))
})
