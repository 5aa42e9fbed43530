// The only place that opens a socket to a model.
import { GatewayError } from '../errors.ts'

export interface UpstreamRequest {
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: Uint8Array<ArrayBuffer>
  readonly signal: AbortSignal
}

/**
 * Sends one attempt and resolves with status and headers. Never follows a redirect: an upstream must not choose another
 * host for our key. Throws GatewayError `upstream_unreachable` or `upstream_reset`; an abort rejects with its reason.
 */
export async function send(request: UpstreamRequest): Promise<Response> {
  try {
    return await fetch(request.url, {
      method: 'POST',
      headers: request.headers,
      body: request.body,
      signal: request.signal,
      redirect: 'manual',
      keepalive: true,
    })
  } catch (thrown) {
    throw request.signal.aborted ? request.signal.reason : asTransportError(thrown)
  }
}

const REASONS: Readonly<Record<string, string>> = {
  ConnectionRefused: 'refused the connection',
  ENOTFOUND: 'has a host name that does not resolve',
  DNSLookupFailed: 'has a host name that does not resolve',
  FailedToOpenSocket: 'could not be reached',
  ETIMEDOUT: 'did not accept the connection in time',
}

/** What the runtime says of a broken connection, in our words. Its own words may hold addresses: they go to the log. */
export function asTransportError(thrown: unknown): GatewayError {
  if (thrown instanceof GatewayError) return thrown
  const code = thrown instanceof Error && 'code' in thrown ? String(thrown.code) : ''
  const unreachable =
    REASONS[code] ?? (/CERT|TLS|SSL/i.test(code) ? 'has a certificate that cannot be trusted' : undefined)
  return unreachable === undefined
    ? new GatewayError('upstream_reset', 'The upstream closed the connection before its answer was complete.', {
        cause: thrown,
      })
    : new GatewayError('upstream_unreachable', `The upstream ${unreachable}.`, { cause: thrown })
}
