import { GatewayError } from '../../errors.ts'
import type { FoundModel } from '../../routing/table.ts'
import { answerHeaders } from '../call/response-headers.ts'
import type { Call } from '../call/call.ts'
import { ClientStream } from '../relay/client-stream.ts'
import type { Handle } from '../call/step.ts'
import { relayStream } from '../relay/relay-stream.ts'
import { EndpointSearch } from '../choose/endpoint-search.ts'
import { type Answering, type Place, type Sendable, sendPrepared } from '../attempt/send-attempt.ts'
import type { EndpointParts } from '../choose/try-endpoints.ts'
import { sentHeaders } from './headers.ts'
import { languageOf } from './format.ts'
import { withUsageReader, passThroughTranscoder } from './transcoder.ts'
import { targetOf } from './target.ts'

/** Sends a request on to a provider's own path, with our key, and its answer back as it comes. It is tried once. */
export const passThrough =
  (parts: EndpointParts): Handle =>
  async (call) => {
    const model = call.snapshot.table.passthrough(call.pathModel!)!
    const found: FoundModel = { model, matched: undefined }
    call.model = model.name
    const { candidate, isHeld } = await new EndpointSearch(call, found, parts, false).next()
    if (isHeld) candidate.endpoint.release() // the attempt takes the place in this turn
    return sendOn(call, { candidate, found, parts })
  }

function sendOn(call: Call, place: Place & { readonly parts: EndpointParts }): Promise<Response> {
  const { provider, endpoint } = place.candidate
  const { method } = call.request
  if (call.body.length > 0 && (method === 'GET' || method === 'HEAD'))
    throw new GatewayError('invalid_request', `A ${method} with a body is not passed on.`)
  const url = targetOf(endpoint.baseUrl, call.request.url)
  const api = languageOf(provider.type, url)
  const sendable: Sendable = {
    method,
    url,
    headers: sentHeaders(call, provider),
    body: call.body,
    transcoder: passThroughTranscoder(api),
    isStream: false,
    takes: (status) => status < 400,
  }
  return sendPrepared(call, sendable, place, (answering) => {
    const { upstream, transcoder } = answering
    if (upstream.status >= 300) throw redirected()
    if (hasNoBody(call, upstream)) return Promise.resolve(withoutBody(call, answering))
    const known = { ...answering, transcoder: withUsageReader(transcoder, api, upstream.headers) }
    return relayStream(call, known, new ClientStream(place.parts.watchdog, undefined), undefined)
  })
}

const redirected = () =>
  new GatewayError(
    'upstream_malformed',
    'The upstream sent a redirect, which is not followed: our key would go elsewhere.',
  )

/** Statuses that say so. Source: RFC 9110, sections 9.3.2 and 15.3 */
const hasNoBody = ({ request }: Call, { status, body }: Response): boolean =>
  request.method === 'HEAD' || status === 204 || status === 205 || !body

function withoutBody(call: Call, { attempt, upstream, transcoder }: Answering): Response {
  attempt.event(performance.now())
  attempt.succeed()
  const headers = answerHeaders(call, transcoder.streamType, transcoder.responseHeaders(upstream.headers))
  return new Response(null, { status: upstream.status, headers })
}
