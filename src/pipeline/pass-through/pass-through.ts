import type { UpstreamResponse } from '../../upstream/http1/response.ts'
import { GatewayError } from '../../errors.ts'
import type { FoundModel } from '../../routing/table.ts'
import { responseHeaders } from '../call/response-headers.ts'
import type { Call } from '../call/call.ts'
import { Warnings } from '../call/warnings.ts'
import { ClientStream } from '../relay/client-stream.ts'
import type { Handle } from '../call/step.ts'
import { relayStream } from '../relay/relay-stream.ts'
import { EndpointSearch } from '../choose/endpoint-search.ts'
import { type Accepted, type Destination, type Sendable, sendPrepared } from '../attempt/send-attempt.ts'
import type { EndpointParts } from '../choose/endpoint-search.ts'
import { sentHeaders } from './headers.ts'
import { apiOf } from './format.ts'
import { withUsageReader, passThroughTranscoder } from './transcoder.ts'
import { rootPaths, targetOf } from './target.ts'

/**
 * Forwards a request to a provider's own path, with the gateway's key, and returns the response unchanged. One attempt
 * only.
 */
export const passThrough =
  (parts: EndpointParts): Handle =>
  async (call) => {
    const { snapshot, pathModel } = call.arrival
    const model = snapshot.table.passthrough(pathModel!)!
    const found: FoundModel = { model, matched: undefined }
    call.choice = { model: model.name, arm: undefined }
    const pool = model.pools.passthrough!
    const { candidate, isReserved } = await new EndpointSearch(call, found, pool, parts, false).next()
    if (isReserved) candidate.endpoint.release() // the attempt is counted in this turn
    return forward(call, { role: 'first', candidate, found, pool, parts })
  }

function forward(call: Call, to: Destination & { readonly parts: EndpointParts }): Promise<Response> {
  const { provider, endpoint } = to.candidate
  const { client } = call.arrival
  const { method } = client
  if (call.body.bytes.length > 0 && (method === 'GET' || method === 'HEAD'))
    throw new GatewayError(
      'invalid_request',
      `A ${method} request with a body is not forwarded. Send it without a body.`,
    )
  const url = targetOf(endpoint.baseUrl, client.url, rootPaths(provider.type, endpoint.baseUrl))
  const api = apiOf(provider.type, url)
  const sendable: Sendable = {
    method,
    url,
    headers: sentHeaders(call, provider),
    body: () => call.body.bytes,
    api,
    warnings: new Warnings(),
    transcoder: passThroughTranscoder(api),
    isStream: false,
    isSuccess: (status) => status < 400,
  }
  return sendPrepared(call, sendable, to, (accepted) => {
    const { upstream, transcoder } = accepted
    if (upstream.status >= 300) throw redirected()
    if (hasNoBody(call, upstream)) return Promise.resolve(withoutBody(call, accepted))
    const withUsage = {
      ...accepted,
      transcoder: withUsageReader(transcoder, api, upstream.headers, accepted.attempt.secrets),
    }
    return relayStream(call, withUsage, new ClientStream(to.parts.watchdog, undefined), undefined)
  })
}

const redirected = () =>
  new GatewayError(
    'upstream_malformed',
    "The upstream returned a redirect. Sluice does not follow it: the provider's key would be sent to another address.",
  )

/** Whether a response has no body. Source: RFC 9110, sections 9.3.2 and 15.3 */
const hasNoBody = ({ arrival }: Call, { status }: UpstreamResponse): boolean =>
  arrival.client.method === 'HEAD' || status === 204 || status === 205

function withoutBody(call: Call, { attempt, upstream, transcoder }: Accepted): Response {
  attempt.event(performance.now())
  attempt.succeed()
  const sent = attempt.secrets.cleanAll(transcoder.responseHeaders(upstream.headers))
  const headers = responseHeaders(call, transcoder.streamType, sent)
  return new Response(null, { status: upstream.status, headers })
}
