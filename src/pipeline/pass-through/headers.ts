import type { Provider } from '../../routing/endpoint.ts'
import { isForwardable } from '../call/forwardable-header.ts'
import { isForThisHop } from '../request/upstream-headers.ts'
import type { Call } from '../call/call.ts'

/** What says how a body or a call is meant; keys, cookies, addresses and whose account it is stay here. */
const TO_UPSTREAM =
  /^(?:content-type|accept|traceparent|tracestate|idempotency-key|openai-beta|anthropic-(?:version|beta)|x-amzn-bedrock-[\w-]+|x-session-id)$/

const TO_CLIENT =
  /^(?:content-disposition|content-language|etag|last-modified|retry-after|x-ratelimit-[\w-]+|anthropic-ratelimit-[\w-]+|x-amzn-bedrock-[\w-]+|openai-(?:processing-ms|version))$/

/** The headers of a request that goes on below a provider's name. */
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
    if (TO_UPSTREAM.test(name) && isForwardable(value) && !isForThisHop(headers, name)) sent[name] = value
  return { ...sent, ...provider.headers }
}

const REQUEST_IDS = ['x-request-id', 'request-id', 'apim-request-id', 'x-amzn-requestid']

/** What of the answer's headers goes on. A page of theirs must not run in a browser as one of ours. */
export function clientHeaders(upstream: Headers): Record<string, string> {
  const sent: Record<string, string> = { 'x-content-type-options': 'nosniff', 'content-security-policy': 'sandbox' }
  for (const [name, value] of upstream) if (TO_CLIENT.test(name) && isForwardable(value)) sent[name] = value
  const id = REQUEST_IDS.map((name) => upstream.get(name)).find((value) => value !== null)
  if (id !== undefined && isForwardable(id)) sent['x-sluice-upstream-request-id'] = id
  return sent
}

/** What the answer calls itself. */
export function typeOf(upstream: Headers): string {
  const type = upstream.get('content-type')
  return type !== null && isForwardable(type) ? type : 'application/octet-stream'
}
