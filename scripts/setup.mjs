// Brings the dependencies up to the lockfile; does nothing, in a few milliseconds, when they already are.
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

process.chdir(fileURLToPath(new URL('..', import.meta.url)))
const stamp = 'node_modules/.sluice-setup'
const wanted = createHash('sha256').update(readFileSync('package-lock.json')).digest('hex')
const have = existsSync(stamp) ? readFileSync(stamp, 'utf8') : ''

if (have !== wanted) {
  process.stderr.write('Installing dependencies from package-lock.json (once)...\n')
  // The scripts of `bun` place its binary; every other package is plain JavaScript or a prebuilt binary.
  const npm = spawnSync('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], {
    stdio: ['ignore', 2, 2],
    shell: process.platform === 'win32',
  })
  if (npm.status !== 0) {
    process.stderr.write('npm ci failed: the lines above say why. Fix that, then run the same command again.\n')
    process.exit(npm.status ?? 1)
  }
  writeFileSync(stamp, wanted)
}
