import { fieldsOf } from './send-token-request.ts'
import type { Token } from './token-cache.ts'
import { TokenError } from './token-error.ts'

/** What a header can carry. */
const SENDABLE = /^[\x21-\x7e]{1,16384}$/
/** Where the answer does not say: what Google and Microsoft give at the least. */
const DEFAULT_LIFETIME_S = 3600
const MAX_LIFETIME_S = 86_400

/** The token in an answer of `server`, in OAuth's words. Throws `TokenError`. Source: RFC 6749, section 5.1 */
export function readToken(text: string, server: string, nowMs: number): Token {
  const fields = fieldsOf(text)
  if (!fields) throw new TokenError(`${server} answered 200 with something that is no JSON object.`)
  const { access_token: value } = fields
  if (typeof value !== 'string' || !SENDABLE.test(value))
    throw new TokenError(`${server} answered 200 without an access token.`)
  const seconds = lifetimeSeconds(fields, nowMs)
  if (!(seconds > 0)) throw new TokenError(`${server} gave a token and no time for which it is valid.`)
  return { value, expiresMs: nowMs + Math.min(seconds, MAX_LIFETIME_S) * 1000 }
}

/** Numbers may be written as text; App Service says only until when. */
function lifetimeSeconds(
  { expires_in: life, expires_on: end }: Readonly<Record<string, unknown>>,
  nowMs: number,
): number {
  if (life !== undefined) return Number(life)
  return end === undefined ? DEFAULT_LIFETIME_S : Number(end) - nowMs / 1000
}
