import type { Authorization, AuthorizationParts } from '../authorization.ts'
import { type Token, TokenCache } from './token-cache.ts'

/** `Authorization: Bearer` with a token that is fetched when it is first needed and kept fresh; `alongside`: headers that go with it. */
export function tokenAuthorization(
  provider: string,
  fetch: () => Promise<Token>,
  { now, pause, report }: AuthorizationParts,
  alongside: Readonly<Record<string, string>> = {},
): Authorization {
  const cache = new TokenCache(fetch, { now, pause, report: (event) => report(provider, event) })
  let known = ''
  let headers = bearerOf(known, alongside)
  const headersFor = (token: string) => {
    if (token !== known) headers = bearerOf((known = token), alongside)
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

const bearerOf = (token: string, alongside: Readonly<Record<string, string>>) => ({
  ...alongside,
  authorization: `Bearer ${token}`,
})
