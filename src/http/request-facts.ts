const REQUEST_ID = /^[\w.:-]{1,128}$/

/** The client's request id if it is valid, or a new one. */
export function requestIdOf(request: Pick<Request, 'headers'>): string {
  const given = request.headers.get('x-request-id')
  return given !== null && REQUEST_ID.test(given) ? given : crypto.randomUUID()
}

/** Where the path begins; -1 if there is none. Without a host, as in HTTP/1.0, the runtime gives only the path. */
export const pathStart = (url: string): number => (url.startsWith('/') ? 0 : url.indexOf('/', url.indexOf('://') + 3))

/**
 * The path of a request's URL. Parsing the whole URL would cost a microsecond per call.
 */
export function pathOf(url: string): string {
  const start = pathStart(url)
  if (start === -1) return '/'
  const query = url.indexOf('?', start)
  const path = query === -1 ? url.slice(start) : url.slice(start, query)
  return path.length > 1 && path.endsWith('/') ? path.replace(/\/+$/, '') : path
}
