// Kills and freezes the gateway's workers, and knows which connections a killed worker held.
import { readFileSync } from 'node:fs'
import { clientPortsOf, type Cluster } from '../test/cluster.ts'

export interface ClusterWorkers {
  kill(worker: number): void
  freeze(worker: number): void
  thaw(worker: number): void
  /** Whether a connection from `port`, open since `openedMs`, was held by a worker that has been killed. */
  wasKilled(port: number, openedMs: number): boolean
  /** Milliseconds since the last kill, to find the cause of a broken connection. */
  sinceLastKillMs(): number
}

interface Kill {
  readonly ports: ReadonlySet<number>
  readonly fromMs: number
  readonly toMs: number
}

/** Until the kernel has removed the process, its port still accepts connections, which end with it. */
const DYING_MS = 100

/** A worker is identified by its index in the list of processes, not by its process id. */
export function createClusterWorkers(cluster: Cluster): ClusterWorkers {
  const serverPort = Number(new URL(cluster.url).port)
  const frozen = new Map<number, number>()
  const kills: Kill[] = []
  const pidOf = (worker: number) => {
    const pids = cluster.pids()
    return pids[worker % pids.length]!
  }
  return {
    kill(worker) {
      const pid = pidOf(worker)
      const fromMs = performance.now()
      process.kill(pid, 'SIGSTOP') // so that connections do not change while they are counted
      const ports = new Set([...clientPortsOf(pid, serverPort), ...unacceptedPorts(serverPort)])
      process.kill(pid, 'SIGKILL')
      kills.push({ ports, fromMs, toMs: performance.now() + DYING_MS })
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
    sinceLastKillMs: () => performance.now() - (kills.at(-1)?.toMs ?? 0),
    wasKilled: (port, openedMs) =>
      kills.some(
        ({ ports, fromMs, toMs }) => (ports.has(port) && openedMs < toMs) || (openedMs >= fromMs && openedMs <= toMs),
      ),
  }
}

/** Connections in the accept queue of a worker belong to no process yet. They end with their worker too. */
function unacceptedPorts(serverPort: number): number[] {
  const portOf = (address: string) => Number.parseInt(address.split(':')[1]!, 16)
  return readFileSync('/proc/net/tcp', 'utf8')
    .split('\n')
    .slice(1, -1)
    .map((row) => row.trim().split(/\s+/))
    .filter(([, local, , , , , , , , inode]) => portOf(local!) === serverPort && inode === '0')
    .map(([, , remote]) => portOf(remote!))
}
