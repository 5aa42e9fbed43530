// Many clients that send requests without pause, each on a connection of its own.
import { requestsOf, type ChaosRequest } from './requests.ts'
import { type Client, createClient, type Outcome } from './client.ts'

export interface LoadOptions {
  readonly url: string
  readonly key: string
  readonly seed: number
  readonly clients: number
  readonly models: readonly string[]
  readonly onOutcome: (request: ChaosRequest, outcome: Outcome) => void
}

export interface ChaosLoad {
  readonly inFlight: () => number
  /** When each request ended, by `performance.now`. Requests in flight are not included. */
  readonly endedMs: ReadonlyMap<string, number>
  /** Sends no more requests; resolves when those in flight have ended. */
  stop(): Promise<void>
}

export function startLoad({ url, key, seed, clients, models, onOutcome }: LoadOptions): ChaosLoad {
  const endedMs = new Map<string, number>()
  let inFlight = 0
  let isOver = false
  async function run(client: Client, at: number): Promise<void> {
    for (const request of requestsOf(seed, at, models)) {
      inFlight++
      const outcome = await client.send(request)
      endedMs.set(request.id, performance.now())
      inFlight--
      onOutcome(request, outcome)
      if (isOver) return client.close()
      await Bun.sleep(request.pauseMs)
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
