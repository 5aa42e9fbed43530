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
  /** Looks when the load is over: then nothing at all may be open for longer than the time of grace. */
  stop(): Promise<void>
}

/** Polls every server. One that does not respond is frozen or dead, and is polled again later. */
export function watchOrphans(
  servers: readonly SimProcess[],
  endedMs: ReadonlyMap<string, number>,
  limits: Partial<OrphanLimits> = {},
): OrphanWatch {
  const { graceMs, lookEveryMs } = { ...DEFAULT_LIMITS, ...limits }
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
      const untilMs = performance.now() + graceMs
      const open = async () => (await Promise.all(servers.map((server) => server.openCalls()))).flat()
      while (performance.now() < untilMs && (await open()).length > 0) await Bun.sleep(Math.min(graceMs, 20))
      for (const { id } of await open()) found.add(id)
    },
  }
}
