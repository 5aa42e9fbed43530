import { isForwardable } from './forwarded-header.ts'
import type { Call } from './call.ts'

/** Rate limits of the upstream, of use to the client as they are. */
const FORWARDED = [
  'x-ratelimit-limit-requests',
  'x-ratelimit-limit-tokens',
  'x-ratelimit-remaining-requests',
  'x-ratelimit-remaining-tokens',
  'x-ratelimit-reset-requests',
  'x-ratelimit-reset-tokens',
  'openai-processing-ms',
  'openai-version',
] as const

/** The headers that every answer carries, as far as the call has come. */
export function answerHeaders(call: Call, contentType: string, upstream?: Headers): Record<string, string> {
  const overhead = call.overheadMs(performance.now()).toFixed(3)
  const headers: Record<string, string> = {
    'content-type': contentType,
    'x-request-id': call.id,
    'x-sluice-attempts': String(call.attempts),
    'x-sluice-overhead-duration-ms': overhead,
    'server-timing': `sluice;dur=${overhead}, upstream;dur=${call.upstreamMs.toFixed(3)}`,
  }
  if (call.wire?.idHeader) headers[call.wire.idHeader] = call.id
  if (call.model !== undefined) headers['x-sluice-model'] = headerText(call.model)
  if (call.arm !== undefined) headers['x-sluice-arm'] = headerText(call.arm)
  if (call.candidate) headers['x-sluice-endpoint'] = headerText(call.candidate.id)
  if (call.warnings) headers['x-sluice-warnings'] = headerText(call.warnings.join('; '))
  if (upstream) forward(upstream, headers)
  return headers
}

function forward(upstream: Headers, headers: Record<string, string>): void {
  const id = upstream.get('x-request-id') ?? upstream.get('apim-request-id')
  if (id !== null && isForwardable(id)) headers['x-sluice-upstream-request-id'] = id
  for (const name of FORWARDED) {
    const value = upstream.get(name)
    if (value !== null && isForwardable(value)) headers[name] = value
  }
}

/** Names come from configuration files in any script; a header holds visible ASCII. */
const headerText = (text: string): string => (PLAIN.test(text) ? text : encodeURI(text))
const PLAIN = /^[\u0020-\u007e]*$/
