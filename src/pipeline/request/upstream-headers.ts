import { formType } from '../../codecs/multipart/boundary.ts'
import type { Envelope } from '../../formats/envelope/read-request.ts'
import type { Api } from '../../formats/apis/api.ts'
import type { Candidate } from '../../routing/endpoint.ts'
import type { Call } from '../call/call.ts'
import { isForwardable } from '../call/forwardable-header.ts'
import { isHopByHop } from './hop-by-hop.ts'
import { addTraceHeaders } from './trace-headers.ts'

/** The headers of an attempt: Sluice's, the provider's, and those of the client that are forwarded. Its key never is. */
export function upstreamHeaders(
  call: Call,
  { provider }: Candidate,
  api: Api,
  { stream, form }: Pick<Envelope, 'stream' | 'form'>,
): Record<string, string> {
  const headers: Record<string, string> = {
    'content-type': form ? formType(form.boundary) : 'application/json',
    accept: api.media ? '*/*' : stream ? 'text/event-stream' : 'application/json',
    'accept-encoding': 'identity', // decompression would cost time, and delay small events
    'user-agent': 'sluice',
    'x-request-id': call.arrival.id,
    ...provider.type.headers,
    ...provider.headers,
  }
  const client = call.arrival.client.headers
  addTraceHeaders(client, provider, headers)
  forward(client, 'x-session-id', headers)
  if (api === call.arrival.api) for (const name of api.forwardedHeaders) forward(client, name, headers)
  return headers
}

function forward(client: Headers, name: string, headers: Record<string, string>): void {
  const value = client.get(name)
  if (value !== null && isForwardable(value) && !isHopByHop(client, name)) headers[name] = value
}
