// The only module that sends requests to models.
import { decodedResponse } from './decoded-response.ts'
import { FetchedResponse } from './fetched-response.ts'
import type { UpstreamResponse } from './http1/response.ts'
import { PLAIN_TRANSPORT, type Transport } from './transport.ts'
import { whyHandshakeFails } from './tls-handshake.ts'
import { asTransportError, isHandshakeFailure } from './transport-error.ts'

export interface UpstreamRequest {
  /** Undefined: POST. */
  readonly method?: string
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  /** Called for each connection that the request is tried on, in the turn in which the body is sent. */
  readonly body: () => Uint8Array<ArrayBuffer>
  readonly signal: AbortSignal
  /** Undefined: the runtime's settings. */
  readonly transport?: Transport
  /** Whether a proxy opens the connections to the upstream. */
  readonly isProxied?: boolean
}

/**
 * Sends one attempt and resolves with status and headers. Never follows a redirect: an upstream must not redirect the API key
 * to another host. Throws GatewayError `upstream_unreachable`, `upstream_reset` or `upstream_malformed`; an abort rejects
 * with its reason.
 */
export async function send(request: UpstreamRequest): Promise<UpstreamResponse> {
  const { method = 'POST', url, headers, signal, isProxied = false, transport = PLAIN_TRANSPORT } = request
  try {
    if (isProxied) return await sendThroughProxy(request, transport)
    const body = BODILESS.has(method) ? undefined : request.body
    return decodedResponse(await transport.client.send({ method, url, headers, body, signal }), method)
  } catch (thrown) {
    if (signal.aborted) throw signal.reason
    const handshake = isHandshakeFailure(thrown) && !isProxied ? await whyHandshakeFails(url, transport) : undefined
    throw signal.aborted ? signal.reason : asTransportError(thrown, { isProxied, handshake })
  }
}

const BODILESS: ReadonlySet<string> = new Set(['GET', 'HEAD'])

/** The runtime's `fetch` knows proxies and their tunnels. */
async function sendThroughProxy(request: UpstreamRequest, transport: Transport): Promise<UpstreamResponse> {
  const { method = 'POST', url, headers, body, signal } = request
  const options: BunFetchRequestInit & { readonly timeout: false } = {
    ...transport.session,
    method,
    headers,
    ...(!BODILESS.has(method) && { body: body() }),
    signal,
    redirect: 'manual',
    keepalive: true,
    timeout: false, // the runtime's own times out after six idle minutes; attempts have timeouts of their own
  }
  const response = await fetch(url, options)
  return new FetchedResponse(response.status, response.headers, response.body)
}
