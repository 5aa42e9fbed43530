// Cross-origin requests of browsers: which web pages may read responses.
// Source: Fetch Standard, section 3.3 (https://fetch.spec.whatwg.org/#http-cors-protocol)
import type { CorsConfig } from './cors-config.ts'

export interface Cors {
  /** The response to a preflight request, which has no key; undefined for any other request. */
  preflight(request: Request): Response | undefined
  /** Adds the headers that let the page read the response. */
  expose(request: Request, response: Response): void
}

const METHODS = 'GET, HEAD, POST, PUT, PATCH, DELETE'

/** A page may read these without `access-control-expose-headers`; the connection's headers concern no page. */
const UNLISTED =
  /^(?:cache-control|content-language|content-length|content-type|expires|last-modified|connection|vary|access-control-.*)$/

const HEADER_NAMES = /^[\w!#$%&'*+.^`|~-]+(?:[ \t]*,[ \t]*[\w!#$%&'*+.^`|~-]+)*$/

export function createCors({ origins, credentials, maxAgeMs }: CorsConfig): Cors {
  const isAllowed = originTest(origins)
  const allowsAll = origins.includes('*')
  const allow = ({ headers }: Request): Record<string, string> => {
    const origin = headers.get('origin')
    if (origin === null || !isAllowed(origin)) return {}
    return {
      'access-control-allow-origin': allowsAll ? '*' : origin,
      ...(credentials && { 'access-control-allow-credentials': 'true' }),
    }
  }
  return {
    preflight(request) {
      if (!isPreflight(request)) return undefined
      const allowed = allow(request)
      const vary = 'origin, access-control-request-method, access-control-request-headers'
      if (Object.keys(allowed).length === 0) return new Response(null, { status: 204, headers: { vary } })
      const wanted = request.headers.get('access-control-request-headers')
      return new Response(null, {
        status: 204,
        headers: {
          vary,
          ...allowed,
          'access-control-allow-methods': METHODS,
          ...(wanted !== null && HEADER_NAMES.test(wanted) && { 'access-control-allow-headers': wanted }),
          'access-control-max-age': String(Math.floor(maxAgeMs / 1000)),
        },
      })
    },
    expose(request, { headers }) {
      if (!allowsAll) headers.append('vary', 'origin')
      const allowed = Object.entries(allow(request))
      if (allowed.length === 0) return
      const exposed = [...headers.keys()].filter((header) => !UNLISTED.test(header))
      for (const [header, value] of allowed) headers.set(header, value)
      if (exposed.length > 0) headers.set('access-control-expose-headers', exposed.join(', '))
    },
  }
}

const isPreflight = ({ method, headers }: Request): boolean =>
  method === 'OPTIONS' && headers.has('origin') && headers.has('access-control-request-method')

/** `https://*.example.com` stands for every host below example.com, `http://localhost:*` for every port. */
function originTest(origins: readonly string[]): (origin: string) => boolean {
  if (origins.includes('*')) return () => true
  const exact = new Set(origins)
  const patterns = origins.flatMap((origin) => {
    const [start, end] = origin.split('*')
    return end === undefined ? [] : [{ start: start!, end, middle: end === '' ? /^\d{1,5}$/ : /^[a-z0-9.-]{1,253}$/ }]
  })
  return (origin) =>
    exact.has(origin) ||
    patterns.some(
      ({ start, end, middle }) =>
        origin.startsWith(start) &&
        origin.endsWith(end) &&
        middle.test(origin.slice(start.length, origin.length - end.length)),
    )
}
