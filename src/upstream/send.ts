// The only place that opens a socket to a model.
import { GatewayError } from '../errors.ts'

export interface UpstreamRequest {
  /** Undefined: POST. */
  readonly method?: string
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: Uint8Array<ArrayBuffer>
  readonly signal: AbortSignal
}

/**
 * Sends one attempt and resolves with status and headers. Never follows a redirect: an upstream must not choose another
 * host for our key. Throws GatewayError `upstream_unreachable`, `upstream_reset` or `upstream_malformed`; an abort rejects
 * with its reason.
 */
export async function send(request: UpstreamRequest): Promise<Response> {
  const { method = 'POST' } = request
  try {
    const options: BunFetchRequestInit & { readonly timeout: false } = {
      method,
      headers: request.headers,
      ...(!BODILESS.has(method) && { body: request.body }),
      signal: request.signal,
      redirect: 'manual',
      keepalive: true,
      timeout: false, // the runtime's own gives up after six silent minutes; the attempt has a clock of its own
    }
    return await fetch(request.url, options)
  } catch (thrown) {
    throw request.signal.aborted ? request.signal.reason : asTransportError(thrown)
  }
}

const BODILESS: ReadonlySet<string> = new Set(['GET', 'HEAD'])

/** By the runtime's code; the same failure has one name on a socket that never opened and another on older runtimes. */
const REASONS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'refused the connection',
  ConnectionRefused: 'refused the connection',
  ENOTFOUND: 'has a host name that does not resolve',
  EAI_AGAIN: 'has a host name that does not resolve',
  DNSLookupFailed: 'has a host name that does not resolve',
  EHOSTUNREACH: 'could not be reached',
  ENETUNREACH: 'could not be reached',
  FailedToOpenSocket: 'could not be reached',
  ETIMEDOUT: 'did not accept the connection in time',
}

const UNTRUSTED = /CERT|TLS|SSL|UNABLE_TO_VERIFY/i

/** What the runtime says of a broken connection, in our words. Its own words may hold addresses: they go to the log. */
export function asTransportError(thrown: unknown): GatewayError {
  if (thrown instanceof GatewayError) return thrown
  const code = thrown instanceof Error && 'code' in thrown ? String(thrown.code) : ''
  if (code.startsWith('Malformed_HTTP'))
    return new GatewayError('upstream_malformed', 'The upstream did not answer in HTTP.', { cause: thrown })
  const unreachable = REASONS[code] ?? (UNTRUSTED.test(code) ? 'has a certificate that cannot be trusted' : undefined)
  return unreachable === undefined
    ? new GatewayError('upstream_reset', 'The upstream closed the connection before its answer was complete.', {
        cause: thrown,
      })
    : new GatewayError('upstream_unreachable', `The upstream ${unreachable}.`, { cause: thrown })
}
