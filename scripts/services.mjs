// The programs that some tests start for themselves. A missing one is installed with apt where that is possible
// (root on Debian or Ubuntu); where it is not, those tests are skipped with this reason, and in CI that is a failure.
import { spawnSync } from 'node:child_process'

const SERVICES = [{ program: 'nginx', package: 'nginx-light', usedBy: 'the relay comparison in bench/' }]

const has = (program) => spawnSync('sh', ['-c', `command -v ${program}`], { stdio: 'ignore' }).status === 0

export function ensureServices() {
  const missing = SERVICES.filter((service) => !has(service.program))
  if (missing.length === 0) return
  if (process.getuid?.() === 0 && has('apt-get')) {
    console.error(`Installing ${missing.map((s) => s.package).join(', ')} with apt...`)
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
    spawnSync('apt-get', ['update', '-qq'], { stdio: 'ignore', env })
    spawnSync('apt-get', ['install', '-y', '-qq', ...missing.map((s) => s.package)], { stdio: 'ignore', env })
  }
  for (const service of missing.filter((s) => !has(s.program))) {
    const reason = `${service.program} is not here and could not be installed: skipping ${service.usedBy}`
    if (process.env.CI === 'true') throw new Error(reason)
    console.error(reason)
  }
}
