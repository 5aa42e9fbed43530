import type { Authorization, AuthorizationParts } from '../authorization.ts'
import { type Token, TokenCache } from './token-cache.ts'

/** `Authorization: Bearer` with a token that is fetched when it is first needed and kept fresh. */
export function tokenAuthorization(
  provider: string,
  fetch: () => Promise<Token>,
  { now, pause, report }: AuthorizationParts,
): Authorization {
  const cache = new TokenCache(fetch, { now, pause, report: (event) => report(provider, event) })
  let known = ''
  let headers = bearerOf(known)
  const headersFor = (token: string) => {
    if (token !== known) headers = bearerOf((known = token))
    return headers
  }
  return {
    headers() {
      const token = cache.get()
      return typeof token === 'string' ? headersFor(token) : token.then(headersFor)
    },
    refused: () => cache.drop(),
  }
}

const bearerOf = (token: string) => ({ authorization: `Bearer ${token}` }) as const
