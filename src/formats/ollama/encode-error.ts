import type { GatewayError } from '../../errors.ts'
import { textOf } from '../../codecs/text.ts'

/** `{"error": "text"}`; an upstream's own envelope is forwarded unchanged. Source: https://docs.ollama.com/api/errors */
export function encodeError(error: GatewayError): { status: number; body: string } {
  const { status, message, details } = error
  const own = details.upstream?.body
  return { status, body: own ? textOf(own) : JSON.stringify({ error: message }) }
}
