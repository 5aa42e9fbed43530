import type { Call } from '../call/call.ts'
import { clientClosed } from '../call/client-closed.ts'

/** Waits for `ms`. Throws GatewayError `client_closed` if the client disconnects meanwhile. */
export async function pause(call: Call, ms: number): Promise<void> {
  const { signal } = call.arrival.client
  const startedMs = performance.now()
  const { promise, resolve } = Promise.withResolvers<void>()
  const end = () => resolve()
  const timer = setTimeout(end, ms)
  signal.addEventListener('abort', end)
  if (signal.aborted) end()
  await promise
  clearTimeout(timer)
  signal.removeEventListener('abort', end)
  call.waited(startedMs, performance.now())
  if (call.clientHasLeft) throw clientClosed()
}
