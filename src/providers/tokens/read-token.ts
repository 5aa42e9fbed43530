import { fieldsOf } from './send-token-request.ts'
import type { Token } from './token-cache.ts'
import { TokenError } from './token-error.ts'

/** Characters that are allowed in a header, and a maximum length. */
const SENDABLE = /^[\x21-\x7e]{1,16384}$/
/** The lifetime if the response has none: the minimum of Google and Microsoft. */
const DEFAULT_LIFETIME_S = 3600
const MAX_LIFETIME_S = 86_400

/** Reads the token from an OAuth response of `server`. Throws `TokenError`. Source: RFC 6749, section 5.1 */
export function readToken(text: string, server: string, nowMs: number): Token {
  const fields = fieldsOf(text)
  if (!fields) throw new TokenError(`The token server ${server} returned 200, but the response is not a JSON object.`)
  const { access_token: value } = fields
  if (typeof value !== 'string' || !SENDABLE.test(value))
    throw new TokenError(`The token server ${server} returned 200, but the response has no valid access token.`)
  const seconds = lifetimeSeconds(fields, nowMs)
  if (!(seconds > 0)) throw new TokenError(`The token server ${server} returned a token without a valid lifetime.`)
  return { value, expiresMs: nowMs + Math.min(seconds, MAX_LIFETIME_S) * 1000 }
}

/** Numbers can be strings. App Service sends only the expiry time. */
function lifetimeSeconds(
  { expires_in: life, expires_on: end }: Readonly<Record<string, unknown>>,
  nowMs: number,
): number {
  if (life !== undefined) return Number(life)
  return end === undefined ? DEFAULT_LIFETIME_S : Number(end) - nowMs / 1000
}
