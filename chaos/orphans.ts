// Calls that a server still works on although their client has had its answer or has gone.
import type { SimProcess } from './sim-server.ts'

/** From the end at the client until the server must have noticed. */
const GRACE_MS = 1500
const LOOK_EVERY_MS = 500

export interface OrphanWatch {
  /** The ids of all that were seen. */
  readonly found: ReadonlySet<string>
  /** Looks a last time, when the load is over: then nothing at all may be open. */
  stop(): Promise<void>
}

/** Asks every server again and again. One that does not answer is frozen or dead: it is asked another time. */
export function watchOrphans(servers: readonly SimProcess[], endedMs: ReadonlyMap<string, number>): OrphanWatch {
  const found = new Set<string>()
  const over = new AbortController()
  async function watch(server: SimProcess): Promise<void> {
    let suspects: ReadonlySet<string> = new Set()
    while (!over.signal.aborted) {
      const askedMs = performance.now()
      const calls = server.isAlive() ? await server.openCalls().catch(() => []) : []
      const late = calls.map(({ id }) => id).filter((id) => (endedMs.get(id) ?? Infinity) < askedMs - GRACE_MS)
      // Seen twice: a server that has just been thawed answers us before it reads that others have gone.
      for (const id of late) if (suspects.has(id)) found.add(id)
      suspects = new Set(late)
      await Bun.sleep(LOOK_EVERY_MS)
    }
  }
  const watching = servers.map(watch)
  return {
    found,
    async stop() {
      over.abort()
      await Promise.all(watching)
      await Bun.sleep(GRACE_MS)
      for (const server of servers) for (const { id } of await server.openCalls()) found.add(id)
    },
  }
}
