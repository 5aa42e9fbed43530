// A CPU quota for a process and its descendants: a control group if this machine lets us make one, otherwise SIGSTOP
// and SIGCONT in turn.
import { mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs'

const PERIOD_US = 100_000

export interface CpuQuota {
  readonly kind: 'control group' | 'stop and continue'
  /** Wraps a command so that it runs under the quota from its first moment. */
  command(command: readonly string[]): readonly string[]
  /** Call it after the processes have been killed. */
  remove(): Promise<void>
}

/** `share`: of one core, for all processes together with a control group, for each of them otherwise. */
export const createCpuQuota = (share: number): CpuQuota => controlGroup(share) ?? stopAndContinue(share)

function controlGroup(share: number): CpuQuota | undefined {
  const folder = `/sys/fs/cgroup/cpu/sluice-chaos-${process.pid}`
  const quotaUs = Math.round(share * PERIOD_US)
  try {
    mkdirSync(folder)
    writeFileSync(`${folder}/cpu.cfs_period_us`, String(PERIOD_US))
    writeFileSync(`${folder}/cpu.cfs_quota_us`, String(quotaUs))
  } catch {
    return undefined // no rights, or control groups of version 2, whose CPU controller may not be ours to delegate
  }
  return {
    kind: 'control group',
    command: (command) => ['sh', '-c', `echo $$ > ${folder}/cgroup.procs && exec "$@"`, 'sh', ...command],
    remove: () => removeFolder(folder),
  }
}

/** Fails as long as a process of the group is still ending. */
async function removeFolder(folder: string): Promise<void> {
  for (let tries = 0; tries < 100; tries++) {
    try {
      return rmdirSync(folder)
    } catch {
      await Bun.sleep(50)
    }
  }
}

const stopAndContinue = (share: number): CpuQuota => ({
  kind: 'stop and continue',
  command: (command) => [
    'sh',
    '-c',
    `("$0" "${import.meta.path}" $$ ${share} &); exec "$@"`,
    process.execPath,
    ...command,
  ],
  remove: async () => {}, // the process that stops and continues ends with the one that it slows down
})

/** Stops and continues a process and its descendants until it ends. */
async function slowDown(root: number, share: number): Promise<void> {
  const onMs = (share * PERIOD_US) / 1000
  for (;;) {
    const pids = treeOf(root)
    if (!signal(pids, 'SIGSTOP')) return void signal(pids, 'SIGCONT')
    await Bun.sleep(PERIOD_US / 1000 - onMs)
    signal(pids, 'SIGCONT')
    await Bun.sleep(onMs)
  }
}

/** False if the first process is gone. */
function signal(pids: readonly number[], name: 'SIGSTOP' | 'SIGCONT'): boolean {
  const reached = pids.map((pid) => {
    try {
      return process.kill(pid, name)
    } catch {
      return false
    }
  })
  return reached[0]!
}

function treeOf(pid: number): number[] {
  try {
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').filter(Boolean)
    return [pid, ...children.flatMap((child) => treeOf(Number(child)))]
  } catch {
    return [pid]
  }
}

if (import.meta.main) await slowDown(Number(process.argv[2]), Number(process.argv[3]))
