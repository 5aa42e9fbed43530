import { GatewayError } from '../../errors.ts'
import type { Candidate } from '../../routing/endpoint.ts'
import type { Choices } from '../../routing/pool.ts'

/**
 * Whether an attempt is waited for in vain: its endpoint has missed its health checks since it was sent, and another of the
 * pool has not. Where there is no other, waiting on costs nothing.
 */
export function isEndpointLost(candidate: Candidate, { candidates }: Choices, sentMs: number, nowMs: number): boolean {
  const { health } = candidate.endpoint
  if (health.last.state !== 'down' || health.last.atMs < sentMs || !health.isDown(nowMs)) return false
  return candidates.some((other) => other !== candidate && !other.endpoint.health.isDown(nowMs))
}

export const endpointLost = () =>
  new GatewayError('upstream_unreachable', 'The upstream has stopped answering, and its health page too.')
