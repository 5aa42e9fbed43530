// The gateway's workers: killed and frozen, and whose connections went with them.
import { readFileSync } from 'node:fs'
import { clientPortsOf, type Cluster } from '../test/cluster.ts'

export interface CrewWorkers {
  kill(worker: number): void
  freeze(worker: number): void
  thaw(worker: number): void
  /** Whether a connection from `port`, open since `openedMs`, was held by a worker that has been killed. */
  wasLost(port: number, openedMs: number): boolean
  /** Milliseconds since the last killing, for whoever looks for the cause of a broken connection. */
  sinceLastMs(): number
}

interface Killing {
  readonly ports: ReadonlySet<number>
  readonly fromMs: number
  readonly toMs: number
}

/** Until the kernel has taken the process apart, its port still draws connections, which end with it. */
const DYING_MS = 100

/** Workers are known by their place in the plan, not by their process: the third is whoever stands third. */
export function createCrewWorkers(cluster: Cluster): CrewWorkers {
  const serverPort = Number(new URL(cluster.url).port)
  const frozen = new Map<number, number>()
  const killings: Killing[] = []
  const pidOf = (worker: number) => {
    const pids = cluster.pids()
    return pids[worker % pids.length]!
  }
  return {
    kill(worker) {
      const pid = pidOf(worker)
      const fromMs = performance.now()
      process.kill(pid, 'SIGSTOP') // so that no connection comes or goes while they are counted
      const ports = new Set([...clientPortsOf(pid, serverPort), ...unacceptedPorts(serverPort)])
      process.kill(pid, 'SIGKILL')
      killings.push({ ports, fromMs, toMs: performance.now() + DYING_MS })
    },
    freeze(worker) {
      const pid = pidOf(worker)
      frozen.set(worker, pid)
      process.kill(pid, 'SIGSTOP')
    },
    thaw(worker) {
      const pid = frozen.get(worker)!
      frozen.delete(worker)
      if (cluster.pids().includes(pid)) process.kill(pid, 'SIGCONT')
    },
    sinceLastMs: () => performance.now() - (killings.at(-1)?.toMs ?? 0),
    wasLost: (port, openedMs) =>
      killings.some(
        ({ ports, fromMs, toMs }) => (ports.has(port) && openedMs < toMs) || (openedMs >= fromMs && openedMs <= toMs),
      ),
  }
}

/** Connections that wait in the queue of some worker belong to no process yet; they die with their worker too. */
function unacceptedPorts(serverPort: number): number[] {
  const portOf = (address: string) => Number.parseInt(address.split(':')[1]!, 16)
  return readFileSync('/proc/net/tcp', 'utf8')
    .split('\n')
    .slice(1, -1)
    .map((row) => row.trim().split(/\s+/))
    .filter(([, local, , , , , , , , inode]) => portOf(local!) === serverPort && inode === '0')
    .map(([, , remote]) => portOf(remote!))
}
