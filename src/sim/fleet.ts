import { createSimServer, type SimServer, type SimServerOptions } from './server.ts'

export interface FleetOptions extends SimServerOptions {
  /** How many servers, on consecutive ports unless the port is 0; 1 unless said. */
  readonly servers?: number
}

export interface Fleet {
  readonly urls: readonly string[]
  readonly servers: readonly SimServer[]
  stop(): void
}

/** Several servers of one model in this process; if one cannot listen, none does. */
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
