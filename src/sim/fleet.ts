import { createSimServer, type SimServer, type SimServerOptions } from './server.ts'

export interface FleetOptions extends SimServerOptions {
  /** Number of servers, on consecutive ports unless the port is 0; default: 1. */
  readonly servers?: number
}

export interface Fleet {
  readonly urls: readonly string[]
  readonly servers: readonly SimServer[]
  stop(): void
}

/** Starts several servers of one model in this process. If one cannot listen, all are stopped and it throws. */
export async function startFleet({
  servers: count = 1,
  port = 0,
  seed = 1,
  ...rest
}: FleetOptions = {}): Promise<Fleet> {
  const servers: SimServer[] = []
  const stop = () => {
    for (const server of servers) server.stop()
  }
  try {
    for (let at = 0; at < count; at++) {
      servers.push(await createSimServer({ ...rest, port: port === 0 ? 0 : port + at, seed: seed + at }))
    }
  } catch (thrown) {
    stop()
    throw thrown
  }
  return { urls: servers.map(({ url }) => url), servers, stop }
}
