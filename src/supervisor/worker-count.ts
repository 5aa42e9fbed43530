import { readFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'

/** The number of workers. `auto` is one for each core that this process may use. */
export const workerCount = (wanted: number | 'auto'): number =>
  wanted === 'auto' ? Math.max(1, Math.min(availableParallelism(), quotaOf(readQuota()))) : wanted

/**
 * The cores of a container's CPU quota, rounded up: `200000 100000` in cpu.max is two. Infinity if there is no quota.
 */
export function quotaOf(text: string): number {
  const [quota, period] = text.split(' ').map(Number)
  return quota! > 0 && period! > 0 ? Math.ceil(quota! / period!) : Infinity // "max" is not a number
}

function readQuota(): string {
  try {
    return readFileSync('/sys/fs/cgroup/cpu.max', 'utf8')
  } catch {
    return ''
  }
}
