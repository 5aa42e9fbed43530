import type { GatewayError } from '../../errors.ts'
import { textOf } from '../../codecs/text.ts'

/** A status of Anthropic's that other clients do not know. */
const ANTHROPIC_OVERLOADED = 529

/**
 * `{id, message}`; an upstream's own envelope is forwarded unchanged. Source: https://docs.cohere.com/reference/errors
 */
export function encodeError(error: GatewayError, requestId: string): { status: number; body: string } {
  const { message, details } = error
  const status = error.status === ANTHROPIC_OVERLOADED ? 503 : error.status
  const own = details.upstream?.body
  return { status, body: own ? textOf(own) : JSON.stringify({ id: requestId, message }) }
}
