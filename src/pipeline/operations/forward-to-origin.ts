import { APIS } from '../../formats/apis/apis.ts'
import { chatFormat } from '../../formats/chat-formats.ts'
import type { Candidate } from '../../routing/endpoint.ts'
import type { Pool } from '../../routing/pool.ts'
import type { FoundModel } from '../../routing/table.ts'
import type { Origin } from '../../state/response-store.ts'
import { type Sendable, sendPrepared } from '../attempt/send-attempt.ts'
import type { StoredResource } from '../call/arrival.ts'
import type { Call } from '../call/call.ts'
import { Warnings } from '../call/warnings.ts'
import type { EndpointParts } from '../choose/endpoint-search.ts'
import { ClientStream } from '../relay/client-stream.ts'
import { relayStream } from '../relay/relay-stream.ts'
import { relayWhole } from '../relay/relay-whole.ts'
import { upstreamHeaders } from '../request/upstream-headers.ts'
import { streamOf } from '../transcode/choose-transcoder.ts'

/** Where a response is kept, as the present configuration reaches it. */
export interface OriginCandidate {
  readonly found: FoundModel
  readonly pool: Pool
  readonly candidate: Candidate
}

const NOTHING = new Uint8Array(0)

const API = APIS['openai-responses']

/** The query parameters that are forwarded; others, such as a key, are not the provider's. */
const PARAMETERS: ReadonlySet<string> = new Set([
  'after',
  'before',
  'include',
  'include[]',
  'include_obfuscation',
  'limit',
  'order',
  'starting_after',
  'stream',
])

/** Undefined for a response that Sluice keeps, and for an endpoint that the configuration has no more. */
export function originCandidate({ arrival }: Call, origin: Origin | undefined): OriginCandidate | undefined {
  if (!origin) return undefined
  const { table } = arrival.snapshot
  const named = table.find(origin.model)
  for (const model of [...(named ? [named.model] : []), ...table.models]) {
    const pool = model.pools.chat
    const candidate = pool?.candidates.find(({ endpoint }) => endpoint.key === origin.endpoint)
    if (pool && candidate) return { found: { model, matched: undefined }, pool, candidate }
  }
  return undefined
}

/** Forwards a request about one response to the endpoint that keeps it, and returns what that answers. One attempt only. */
export function forwardToOrigin(
  call: Call,
  resource: StoredResource,
  origin: OriginCandidate,
  parts: EndpointParts,
): Promise<Response> {
  const { client } = call.arrival
  const { candidate, found } = origin
  call.choice = { model: found.model.name, arm: undefined }
  const query = new URLSearchParams([...new URL(client.url).searchParams].filter(([name]) => PARAMETERS.has(name)))
  const isStream = query.get('stream') === 'true'
  const sendable: Sendable = {
    method: client.method === 'HEAD' ? 'GET' : client.method, // the listener leaves out the body
    url: urlOf(candidate, resource, query),
    headers: upstreamHeaders(call, candidate, API, { stream: isStream, form: undefined }),
    body: () => (client.method === 'POST' ? call.body.bytes : NOTHING),
    api: API,
    warnings: new Warnings(),
    transcoder: streamOf(call, API, chatFormat(API.name)!),
    isStream,
    isSuccess: (status) => status === 200,
  }
  return sendPrepared(call, sendable, { role: 'first', ...origin, parts }, (accepted) =>
    isStream
      ? relayStream(call, accepted, new ClientStream(parts.watchdog, undefined), undefined)
      : relayWhole(call, accepted),
  )
}

function urlOf({ provider, endpoint, upstreamModel }: Candidate, { type, id }: StoredResource, query: URLSearchParams) {
  const path = `${API.path}/${encodeURIComponent(id)}${type === 'response' ? '' : `/${type}`}`
  const { apiVersion } = provider
  const url = new URL(provider.type.url(endpoint.baseUrl, path, upstreamModel, { apiVersion, stream: false }))
  for (const [name, value] of query) url.searchParams.append(name, value)
  return url.href
}
