// Many clients that ask without pause, each on a connection of its own.
import { callsOf, type ChatCall } from './calls.ts'
import { type Client, createClient, type Outcome } from './client.ts'

export interface LoadOptions {
  readonly url: string
  readonly key: string
  readonly seed: number
  readonly clients: number
  readonly models: readonly string[]
  readonly onOutcome: (call: ChatCall, outcome: Outcome) => void
}

export interface ChaosLoad {
  readonly inFlight: () => number
  /** When each call was over, by `performance.now`; those under way are not here. */
  readonly endedMs: ReadonlyMap<string, number>
  /** No new calls; resolves when those under way are over. */
  stop(): Promise<void>
}

export function startLoad({ url, key, seed, clients, models, onOutcome }: LoadOptions): ChaosLoad {
  const endedMs = new Map<string, number>()
  let inFlight = 0
  let isOver = false
  async function run(client: Client, at: number): Promise<void> {
    for (const call of callsOf(seed, at, models)) {
      inFlight++
      const outcome = await client.ask(call)
      endedMs.set(call.id, performance.now())
      inFlight--
      onOutcome(call, outcome)
      if (isOver) return client.close()
      await Bun.sleep(call.pauseMs)
    }
  }
  const running = Array.from({ length: clients }, (_, at) => run(createClient(url, key), at))
  return {
    inFlight: () => inFlight,
    endedMs,
    async stop() {
      isOver = true
      await Promise.all(running)
    },
  }
}
