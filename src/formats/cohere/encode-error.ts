import type { GatewayError } from '../../errors.ts'
import { textOf } from '../../codecs/text.ts'

/**
 * `{id, message}`; an upstream's own envelope is forwarded unchanged. Source: https://docs.cohere.com/reference/errors
 */
export function encodeError(error: GatewayError, requestId: string): { status: number; body: string } {
  const { status, message, details } = error
  const own = details.upstream?.body
  return { status, body: own ? textOf(own) : JSON.stringify({ id: requestId, message }) }
}
