import { listen } from '../http/server.ts'

/**
 * Returns the port, or a free one for 0, after a check that no other program listens on it. Workers share their port
 * with every program that also shares it, so a second gateway started by mistake would receive half of the calls.
 * Throws Error with a message for the operator.
 */
export async function findPort(host: string, port: number): Promise<number> {
  const probe = listen({
    host,
    port,
    idleMs: 0,
    routes: {},
    fallback: () => new Response(null, { status: 503 }),
    onError: () => {},
  })
  const found = probe.port!
  await probe.stop(true)
  return found
}
