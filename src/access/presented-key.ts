/** The headers in which SDKs send the key, besides `Authorization: Bearer`. */
const KEY_HEADERS = ['x-api-key', 'api-key', 'x-goog-api-key', 'x-litellm-api-key'] as const

/** LiteLLM's clients send this prefix in `x-litellm-api-key` too. */
const BEARER = /^bearer +/i

/** The API key of a request, from any of its possible places; undefined if there is none. */
export function presentedKey(request: Pick<Request, 'url' | 'headers'>): string | undefined {
  const authorization = request.headers.get('authorization')
  if (authorization !== null && BEARER.test(authorization)) return authorization.replace(BEARER, '').trim() || undefined
  for (const header of KEY_HEADERS) {
    const value = request.headers.get(header)
    if (value) return value.replace(BEARER, '')
  }
  return keyInQuery(request.url)
}

function keyInQuery(url: string): string | undefined {
  const query = url.indexOf('?')
  if (query === -1 || !url.includes('key=', query)) return undefined
  return new URLSearchParams(url.slice(query + 1)).get('key') || undefined
}
