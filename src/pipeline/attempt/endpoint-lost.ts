import { GatewayError } from '../../errors.ts'
import type { Candidate } from '../../routing/endpoint.ts'
import type { Choices } from '../../routing/pool.ts'

/**
 * Whether an attempt has no chance of a response: its endpoint has failed its health checks since the attempt was sent,
 * while another endpoint of the pool is up. If there is no other, waiting costs nothing.
 */
export function isEndpointLost(candidate: Candidate, { candidates }: Choices, sentMs: number, nowMs: number): boolean {
  const { health } = candidate.endpoint
  if (health.last.state !== 'down' || health.last.atMs < sentMs || !health.isDown(nowMs)) return false
  return candidates.some((other) => other !== candidate && !other.endpoint.health.isDown(nowMs))
}

export const endpointLost = () =>
  new GatewayError('upstream_unreachable', 'The upstream stopped responding, and its health checks fail.')
