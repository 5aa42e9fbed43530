import { listen } from './server.ts'

/** Opens a port and closes it. Returns its number. Throws Error with a message for the operator if it cannot. */
function probe(host: string, port: number) {
  return listen({
    host,
    port,
    idleMs: 0,
    routes: {},
    fallback: () => new Response(null, { status: 503 }),
    onError: () => {},
  })
}

/**
 * Returns the port, or a free one for 0, after a check that no other program listens on it. Listeners that share their port
 * share it with every program that also does, so a second gateway started by mistake would receive half of the calls.
 * Throws Error with a message for the operator.
 */
export async function findPort(host: string, port: number): Promise<number> {
  const server = probe(host, port)
  const found = server.port!
  await server.stop(true)
  return found
}

/** The same check, at once. */
export const checkPort = (host: string, port: number): void => void probe(host, port).stop(true)
