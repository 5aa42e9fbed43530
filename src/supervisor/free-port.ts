import { listen } from '../http/server.ts'

/**
 * The port itself, or a free one for 0, after making sure that nobody else has it: workers share their port with whoever
 * asks for sharing, and a second gateway by mistake would get half of the calls. Throws Error with a message for people.
 */
export async function findPort(host: string, port: number): Promise<number> {
  const probe = listen({
    host,
    port,
    routes: {},
    fallback: () => new Response(null, { status: 503 }),
    onError: () => {},
  })
  const found = probe.port!
  await probe.stop(true)
  return found
}
