// Orphans: requests that a server still works on although their client has the response or has disconnected.
import type { SimProcess } from './sim-server.ts'

export interface OrphanLimits {
  /** The time within which the server must notice that its client is gone. */
  readonly graceMs: number
  readonly lookEveryMs: number
}

const DEFAULT_LIMITS: OrphanLimits = { graceMs: 1500, lookEveryMs: 500 }

export interface OrphanWatch {
  /** The ids of all orphans so far. */
  readonly found: ReadonlySet<string>
  /** Checks a last time after the load, when no request may be open. */
  stop(): Promise<void>
}

/** Polls every server. One that does not respond is frozen or dead, and is polled again later. */
export function watchOrphans(
  servers: readonly SimProcess[],
  endedMs: ReadonlyMap<string, number>,
  { graceMs, lookEveryMs }: OrphanLimits = DEFAULT_LIMITS,
): OrphanWatch {
  const found = new Set<string>()
  const over = new AbortController()
  async function watch(server: SimProcess): Promise<void> {
    let suspects: ReadonlySet<string> = new Set()
    while (!over.signal.aborted) {
      const polledMs = performance.now()
      const calls = server.isAlive() ? await server.openCalls().catch(() => []) : []
      const late = calls.map(({ id }) => id).filter((id) => (endedMs.get(id) ?? Infinity) < polledMs - graceMs)
      // Seen twice: a server that has just been thawed responds to this poll before it notices closed connections.
      for (const id of late) if (suspects.has(id)) found.add(id)
      suspects = new Set(late)
      await Bun.sleep(lookEveryMs)
    }
  }
  const watching = servers.map(watch)
  return {
    found,
    async stop() {
      over.abort()
      await Promise.all(watching)
      await Bun.sleep(graceMs)
      for (const server of servers) for (const { id } of await server.openCalls()) found.add(id)
    },
  }
}
