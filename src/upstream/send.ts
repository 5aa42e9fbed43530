// The only module that sends requests to models.
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
 * Sends one attempt and resolves with status and headers. Never follows a redirect: an upstream must not redirect the API key
 * to another host. Throws GatewayError `upstream_unreachable`, `upstream_reset` or `upstream_malformed`; an abort rejects
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
      timeout: false, // the runtime's own times out after six idle minutes; attempts have timeouts of their own
    }
    return await fetch(request.url, options)
  } catch (thrown) {
    throw request.signal.aborted ? request.signal.reason : asTransportError(thrown)
  }
}

const BODILESS: ReadonlySet<string> = new Set(['GET', 'HEAD'])

/**
 * By the runtime's error code. The same failure has different codes, depending on the state of the socket and the
 * runtime's version.
 */
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

/**
 * The GatewayError for a connection error of the runtime. The runtime's message can contain addresses, so it goes
 * only to the log.
 */
export function asTransportError(thrown: unknown): GatewayError {
  if (thrown instanceof GatewayError) return thrown
  const code = thrown instanceof Error && 'code' in thrown ? String(thrown.code) : ''
  if (code.startsWith('Malformed_HTTP'))
    return new GatewayError('upstream_malformed', 'The upstream did not return an HTTP response. Check `baseUrl`.', {
      cause: thrown,
    })
  const unreachable = REASONS[code] ?? (UNTRUSTED.test(code) ? 'has a certificate that is not trusted' : undefined)
  return unreachable === undefined
    ? new GatewayError('upstream_reset', 'The upstream closed the connection before its response was complete.', {
        cause: thrown,
      })
    : new GatewayError('upstream_unreachable', `The upstream ${unreachable}.`, { cause: thrown })
}
