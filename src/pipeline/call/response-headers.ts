import type { Call } from './call.ts'

/** The headers that every answer carries, as far as the call has come, and what the upstream tells. */
export function answerHeaders(
  call: Call,
  contentType: string,
  upstream?: Readonly<Record<string, string>>,
): Record<string, string> {
  const overhead = call.overheadMs(performance.now()).toFixed(3)
  const headers: Record<string, string> = {
    'content-type': contentType,
    'x-request-id': call.id,
    'x-sluice-attempts': String(call.attempts),
    'x-sluice-overhead-duration-ms': overhead,
    'server-timing': `sluice;dur=${overhead}, upstream;dur=${call.upstreamMs.toFixed(3)}`,
  }
  if (call.api?.idHeader) headers[call.api.idHeader] = call.id
  if (call.model !== undefined) headers['x-sluice-model'] = headerText(call.model)
  if (call.arm !== undefined) headers['x-sluice-arm'] = headerText(call.arm)
  if (call.candidate) headers['x-sluice-endpoint'] = headerText(call.candidate.id)
  if (call.warnings) headers['x-sluice-warnings'] = headerText(call.warnings.join('; '))
  return upstream ? Object.assign(headers, upstream) : headers
}

/** Names come from configuration files in any script; a header holds visible ASCII. */
const headerText = (text: string): string => (PLAIN.test(text) ? text : encodeURI(text))
const PLAIN = /^[\u0020-\u007e]*$/
