// Calls that a server still works on although their client has had its answer or has gone.
import type { SimProcess } from './sim-server.ts'

export interface OrphanLimits {
  /** From the end at the client until the server must have noticed. */
  readonly graceMs: number
  readonly lookEveryMs: number
}

const USUAL_LIMITS: OrphanLimits = { graceMs: 1500, lookEveryMs: 500 }

export interface OrphanWatch {
  /** The ids of all that were seen. */
  readonly found: ReadonlySet<string>
  /** Looks when the load is over: then nothing at all may be open for longer than the time of grace. */
  stop(): Promise<void>
}

/** Asks every server again and again. One that does not answer is frozen or dead: it is asked another time. */
export function watchOrphans(
  servers: readonly SimProcess[],
  endedMs: ReadonlyMap<string, number>,
  limits: Partial<OrphanLimits> = {},
): OrphanWatch {
  const { graceMs, lookEveryMs } = { ...USUAL_LIMITS, ...limits }
  const found = new Set<string>()
  const over = new AbortController()
  async function watch(server: SimProcess): Promise<void> {
    let suspects: ReadonlySet<string> = new Set()
    while (!over.signal.aborted) {
      const askedMs = performance.now()
      const calls = server.isAlive() ? await server.openCalls().catch(() => []) : []
      const late = calls.map(({ id }) => id).filter((id) => (endedMs.get(id) ?? Infinity) < askedMs - graceMs)
      // Seen twice: a server that has just been thawed answers us before it reads that others have gone.
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
