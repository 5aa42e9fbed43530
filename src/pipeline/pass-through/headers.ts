import type { ReadableHeaders } from '../../codecs/http1/header-fields.ts'
import type { Provider } from '../../routing/endpoint.ts'
import { isForwardable } from '../call/forwardable-header.ts'
import { isHopByHop } from '../request/hop-by-hop.ts'
import { addTraceHeaders } from '../request/trace-headers.ts'
import type { Call } from '../call/call.ts'

/** Headers that describe the body or the request. Keys, cookies, addresses and account names are not forwarded. */
const TO_UPSTREAM =
  /^(?:content-type|accept|idempotency-key|openai-beta|anthropic-(?:version|beta)|x-amzn-bedrock-[\w-]+|x-session-id)$/

const TO_CLIENT =
  /^(?:content-disposition|content-language|etag|last-modified|retry-after|x-ratelimit-[\w-]+|anthropic-ratelimit-[\w-]+|x-amzn-bedrock-[\w-]+|openai-(?:processing-ms|version))$/

/** The headers of a pass-through request. */
export function sentHeaders(call: Call, provider: Provider): Record<string, string> {
  const { headers } = call.arrival.client
  const sent: Record<string, string> = {
    accept: '*/*',
    'accept-encoding': 'identity',
    'user-agent': 'sluice',
    'x-request-id': call.arrival.id,
    ...provider.type.headers,
  }
  for (const [name, value] of headers)
    if (TO_UPSTREAM.test(name) && isForwardable(value) && !isHopByHop(headers, name)) sent[name] = value
  addTraceHeaders(headers, provider, sent)
  return { ...sent, ...provider.headers }
}

const REQUEST_IDS = ['x-request-id', 'request-id', 'apim-request-id', 'x-amzn-requestid']

/** The response headers that are forwarded. A page of the upstream must not run in a browser with Sluice's origin. */
export function clientHeaders(upstream: ReadableHeaders): Record<string, string> {
  const sent: Record<string, string> = { 'x-content-type-options': 'nosniff', 'content-security-policy': 'sandbox' }
  for (const [name, value] of upstream) if (TO_CLIENT.test(name) && isForwardable(value)) sent[name] = value
  const id = REQUEST_IDS.map((name) => upstream.get(name)).find((value) => value !== null)
  if (id !== undefined && isForwardable(id)) sent['x-sluice-upstream-request-id'] = id
  return sent
}

/** The content type of the response. */
export function typeOf(upstream: ReadableHeaders): string {
  const type = upstream.get('content-type')
  return type !== null && isForwardable(type) ? type : 'application/octet-stream'
}
