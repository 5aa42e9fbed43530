import { GatewayError } from '../errors.ts'

/**
 * Throws GatewayError `invalid_request` for a request with an ambiguous destination: several hosts, an invalid host, or a
 * target that is not a path. The runtime builds the URL from host and target, and if it cannot, it gives only the target.
 * Without a host, as in HTTP/1.0 requests of load balancers, a target alone is valid.
 * Source: RFC 9112, section 3.2
 */
export function checkTarget({ url, headers }: Pick<Request, 'url' | 'headers'>): void {
  const host = headers.get('host')
  if (host?.includes(',')) throw badTarget('This request has several hosts.')
  if (/^https?:\/\//.test(url) || (!host && url.startsWith('/'))) return
  throw badTarget('The target or the host of this request is invalid.')
}

const badTarget = (message: string) =>
  new GatewayError('invalid_request', `${message} Send one path and one Host header.`, {
    headers: { connection: 'close' },
  })
