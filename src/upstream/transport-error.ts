// Why no response arrived, from the error codes of the runtime.
import { GatewayError } from '../errors.ts'

export interface TransportFacts {
  /** Whether a proxy opens the connections to the upstream. */
  readonly isProxied?: boolean | undefined
  /** Why the TLS handshake failed, if that was found out. */
  readonly handshake?: string | undefined
}

const DOES_NOT_RESOLVE = 'has a host name that does not resolve'
const NOT_REACHED = 'could not be reached'

/**
 * By the runtime's error code. The same failure has different codes, depending on the state of the socket and the
 * runtime's version.
 */
const REASONS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'refused the connection',
  ConnectionRefused: 'refused the connection',
  ENOTFOUND: DOES_NOT_RESOLVE,
  EAI_AGAIN: DOES_NOT_RESOLVE,
  EAI_NONAME: DOES_NOT_RESOLVE,
  DNSLookupFailed: DOES_NOT_RESOLVE,
  ENOENT: 'has no socket file at this path. Start the server, or check `baseUrl`',
  EACCES: 'has a socket file that this user may not open',
  EHOSTUNREACH: NOT_REACHED,
  ENETUNREACH: NOT_REACHED,
  EHOSTDOWN: NOT_REACHED,
  FailedToOpenSocket: NOT_REACHED,
  ETIMEDOUT: 'did not accept the connection in time',
}

const CERTIFICATES: Readonly<Record<string, string>> = {
  CERT_HAS_EXPIRED: 'has a certificate that has expired',
  CERT_NOT_YET_VALID: 'has a certificate that is not valid yet: check the clock of this machine',
  ERR_TLS_CERT_ALTNAME_INVALID: 'has a certificate for another host name than the one in `baseUrl`',
  HOSTNAME_MISMATCH: 'has a certificate for another host name than the one in `baseUrl`',
}

const UNTRUSTED = /CERT|TLS|SSL|UNABLE_TO_VERIFY/i

/** The runtime's code for a TLS handshake that failed, whatever the reason. */
const HANDSHAKE_FAILED = 'EPROTO'

const TUNNEL_REFUSED = /_PROXY_TUNNEL$|^ProxyConnectFailed$/

export const codeOf = (thrown: unknown): string =>
  thrown instanceof Error && 'code' in thrown ? String(thrown.code) : ''

export const isHandshakeFailure = (thrown: unknown): boolean => codeOf(thrown) === HANDSHAKE_FAILED

/**
 * The GatewayError for a connection error of the runtime. The runtime's message can contain addresses, so it goes
 * only to the log.
 */
export function asTransportError(thrown: unknown, facts: TransportFacts = {}): GatewayError {
  if (thrown instanceof GatewayError) return thrown
  if (codeOf(thrown).startsWith('Malformed_HTTP'))
    return new GatewayError('upstream_malformed', 'The upstream did not return an HTTP response. Check `baseUrl`.', {
      cause: thrown,
    })
  const reason = reasonOf(thrown, facts)
  return reason === undefined
    ? new GatewayError('upstream_reset', 'The upstream closed the connection before its response was complete.', {
        cause: thrown,
      })
    : new GatewayError('upstream_unreachable', `The ${reason}.`, { cause: thrown })
}

/** Why there is no connection, as a sentence without `The` and its period. Undefined if there was one, and it broke. */
export function reasonOf(thrown: unknown, { isProxied = false, handshake }: TransportFacts = {}): string | undefined {
  const code = codeOf(thrown)
  if (TUNNEL_REFUSED.test(code)) return refusedTunnel((thrown as Error).message)
  const connecting = REASONS[code]
  if (connecting) return isProxied ? `proxy ${connecting}. Check HTTPS_PROXY and HTTP_PROXY` : `upstream ${connecting}`
  if (code === HANDSHAKE_FAILED) return `upstream ${handshake ?? UNKNOWN_HANDSHAKE}`
  if (CERTIFICATES[code]) return `upstream ${CERTIFICATES[code]}`
  return UNTRUSTED.test(code) ? 'upstream has a certificate that is not trusted' : undefined
}

const UNKNOWN_HANDSHAKE =
  'failed the TLS handshake. Check that its port uses TLS, and whether it requires a client certificate'

/** The runtime's message ends with the proxy's status line. */
function refusedTunnel(message: string): string {
  const status = /\b([1-5]\d\d)\b/.exec(message)?.[1]
  const what = `proxy refused a tunnel to the upstream${status ? ` (status ${status})` : ''}`
  if (status === '407') return `${what}. Check the user name and password in HTTPS_PROXY`
  return status === '403' ? `${what}. Allow the upstream's host name and port there` : `${what}. Check HTTPS_PROXY`
}
