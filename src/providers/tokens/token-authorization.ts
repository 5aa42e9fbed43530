import type { Authorization, AuthorizationParts } from '../authorization.ts'
import { type Token, TokenCache } from './token-cache.ts'

/**
 * `Authorization: Bearer` with a token that is fetched when it is first needed and refreshed; `extraHeaders` are
 * sent with it.
 */
export function tokenAuthorization(
  provider: string,
  fetch: () => Promise<Token>,
  { now, pause, report }: AuthorizationParts,
  extraHeaders: Readonly<Record<string, string>> = {},
): Authorization {
  const cache = new TokenCache(fetch, { now, pause, report: (event) => report(provider, event) })
  let current = ''
  let headers = bearerOf(current, extraHeaders)
  const headersFor = (token: string) => {
    if (token !== current) headers = bearerOf((current = token), extraHeaders)
    return headers
  }
  return {
    headers() {
      const token = cache.get()
      return typeof token === 'string' ? headersFor(token) : token.then(headersFor)
    },
    rejected: () => cache.invalidate(),
  }
}

const bearerOf = (token: string, extraHeaders: Readonly<Record<string, string>>) => ({
  ...extraHeaders,
  authorization: `Bearer ${token}`,
})
