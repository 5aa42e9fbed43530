import type { ReadableHeaders } from '../../codecs/http1/header-fields.ts'
import { readLimits, writeLimits } from '../../formats/translation/rate-limits.ts'
import type { Api } from '../../formats/apis/api.ts'
import { isForwardable } from '../call/forwardable-header.ts'

/** Headers in which upstreams return their request id. */
const REQUEST_IDS = ['x-request-id', 'request-id', 'apim-request-id', 'x-amzn-requestid'] as const

/**
 * The headers of an upstream that the client gets: the upstream's request id as `x-sluice-upstream-request-id`, and the
 * rate limits in the client's format. All others (cookies, organisations, servers) are not forwarded.
 */
export function upstreamFacts(upstream: ReadableHeaders, from: Api, to: Api): Record<string, string> {
  const headers: Record<string, string> = {}
  const id = REQUEST_IDS.map((name) => upstream.get(name)).find((value) => value !== null)
  if (id !== undefined && isForwardable(id)) headers['x-sluice-upstream-request-id'] = id
  if (from.limits !== to.limits)
    return from.limits && to.limits ? { ...headers, ...translated(upstream, from, to) } : headers
  if (!from.limits && from !== to) return headers
  for (const name of from.returnedHeaders) {
    const value = upstream.get(name)
    if (value !== null && isForwardable(value)) headers[name] = value
  }
  return headers
}

function translated(upstream: ReadableHeaders, from: Api, to: Api): Record<string, string> {
  const nowMs = Date.now()
  return writeLimits(to.limits!, readLimits(from.limits!, upstream, nowMs), nowMs)
}
