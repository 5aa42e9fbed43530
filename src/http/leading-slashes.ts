import { RebasedRequest } from './base-path.ts'
import { pathStart } from './request-facts.ts'
import type { IncomingRequest } from './server.ts'

/** The same request with one slash at the start of its path: a client's base URL can end in a slash. */
export function withOneLeadingSlash(request: IncomingRequest): IncomingRequest {
  const { url } = request
  const start = pathStart(url)
  if (start === -1 || url[start + 1] !== '/') return request
  let last = start + 1
  while (url[last + 1] === '/') last++
  return new RebasedRequest(request, url.slice(0, start) + url.slice(last))
}
