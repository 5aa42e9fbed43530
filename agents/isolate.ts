// The agents run without any network but the loopback device, where the system can take it away (Linux, as root).
import { spawnSync } from 'node:child_process'

const MARK = 'SLUICE_AGENTS_ISOLATED'

/** Runs this process again in a network of its own and ends with its exit code. Returns where that is impossible. */
export function isolateNetwork(): void {
  if (process.env[MARK] !== undefined) return
  const isolated = ['-n', '--', 'sh', '-c', 'ip link set lo up && exec "$0" "$@"']
  if (spawnSync('unshare', [...isolated, 'true']).status !== 0) return
  const { status } = spawnSync('unshare', [...isolated, process.execPath, ...process.argv.slice(1)], {
    stdio: 'inherit',
    env: { ...process.env, [MARK]: '1' },
  })
  process.exit(status ?? 1)
}
