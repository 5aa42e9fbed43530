// The only module that sends requests to models.
import { atAddress, FreshAddresses } from './fresh-addresses.ts'
import { PLAIN_TRANSPORT, type Transport } from './transport.ts'
import { whyHandshakeFails } from './tls-handshake.ts'
import { asTransportError, isConnectFailure, isHandshakeFailure } from './transport-error.ts'

export interface UpstreamRequest {
  /** Undefined: POST. */
  readonly method?: string
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: Uint8Array<ArrayBuffer>
  readonly signal: AbortSignal
  /** Undefined: the runtime's settings. */
  readonly transport?: Transport
  /** Whether a proxy opens the connections to the upstream. */
  readonly isProxied?: boolean
  /** Whether the connection is closed after the response. */
  readonly isLastOfConnection?: boolean
}

const freshAddresses = new FreshAddresses()

/**
 * Sends one attempt and resolves with status and headers. Never follows a redirect: an upstream must not redirect the API key
 * to another host. Throws GatewayError `upstream_unreachable`, `upstream_reset` or `upstream_malformed`; an abort rejects
 * with its reason.
 */
export async function send(request: UpstreamRequest): Promise<Response> {
  const { method = 'POST', signal, isProxied = false, transport = PLAIN_TRANSPORT } = request
  const isDirect = !isProxied && transport.settings.unix === undefined
  try {
    const options: BunFetchRequestInit & { readonly timeout: false } = {
      ...transport.session,
      method,
      headers: request.isLastOfConnection ? { ...request.headers, connection: 'close' } : request.headers,
      ...(!BODILESS.has(method) && { body: request.body }),
      signal,
      redirect: 'manual',
      keepalive: true,
      timeout: false, // the runtime's own times out after six idle minutes; attempts have timeouts of their own
    }
    const address = !isDirect ? undefined : freshAddresses.addressFor(request.url, performance.now())
    return await (address === undefined
      ? fetch(request.url, options)
      : fetchAt(address, request.url, { ...options, ...(transport.tls && { tls: transport.tls }) }))
  } catch (thrown) {
    if (signal.aborted) throw signal.reason
    if (isConnectFailure(thrown) && isDirect) void freshAddresses.connectionFailed(request.url)
    const handshake =
      isHandshakeFailure(thrown) && !isProxied ? await whyHandshakeFails(request.url, transport) : undefined
    throw signal.aborted ? signal.reason : asTransportError(thrown, { isProxied, handshake })
  }
}

const BODILESS: ReadonlySet<string> = new Set(['GET', 'HEAD'])

/** Not async: `fetch` must copy the body in this turn. */
function fetchAt(address: string, url: string, options: BunFetchRequestInit): Promise<Response> {
  const target = atAddress(url, address)
  const headers = { ...(options.headers as Record<string, string>), host: target.host }
  const tls = { ...options.tls, serverName: options.tls?.serverName ?? target.name }
  return fetch(target.url, { ...options, headers, ...(target.url.startsWith('https:') && { tls }) })
}
