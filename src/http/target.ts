import { GatewayError } from '../errors.ts'

/**
 * Throws GatewayError `invalid_request` for a request that does not say in one voice where it is going: several hosts, a
 * host that is none, or a target that is no path. The runtime makes the URL of both, and where it cannot it gives the bare
 * target. Without any host, as load balancers ask in HTTP/1.0, that is all there is to know.
 * Source: RFC 9112, section 3.2
 */
export function checkTarget({ url, headers }: Request): void {
  const host = headers.get('host')
  if (host?.includes(',')) throw badTarget('This request names several hosts.')
  if (url.startsWith('http://') || (!host && url.startsWith('/'))) return
  throw badTarget('The target or the host of this request cannot be read.')
}

const badTarget = (message: string) =>
  new GatewayError('invalid_request', `${message} Send one path and one Host header.`, {
    headers: { connection: 'close' },
  })
