import type { Call } from './call.ts'

/** The headers of every response, as far as the request has come, and what the upstream adds. */
export function responseHeaders(
  call: Call,
  contentType: string,
  upstream?: Readonly<Record<string, string>>,
): Record<string, string> {
  const { arrival, attempts, choiceIfAny: choice } = call
  const overhead = call.overheadMs(performance.now()).toFixed(3)
  const headers: Record<string, string> = {
    'content-type': contentType,
    'x-request-id': arrival.id,
    'x-sluice-attempts': String(attempts.count),
    'x-sluice-overhead-duration-ms': overhead,
    'server-timing': `sluice;dur=${overhead}, upstream;dur=${call.upstreamMs.toFixed(3)}`,
  }
  const { answering } = attempts
  const warnings = warningsOf(call)
  if (arrival.api?.idHeader) headers[arrival.api.idHeader] = arrival.id
  if (choice) headers['x-sluice-model'] = headerText(choice.model)
  if (choice?.arm !== undefined) headers['x-sluice-arm'] = headerText(choice.arm)
  if (answering) headers['x-sluice-endpoint'] = headerText(answering.candidate.id)
  if (warnings) headers['x-sluice-warnings'] = headerText(warnings.join('; '))
  return upstream ? Object.assign(headers, upstream) : headers
}

/** What the client should know of the response; undefined: nothing. */
export const warningsOf = ({ attempts, outcome }: Call): readonly string[] | undefined =>
  attempts.answering?.warnings.list ?? outcome.warnings.list

/** Names come from configuration files in any script; a header holds visible ASCII. */
const headerText = (text: string): string => (PLAIN.test(text) ? text : encodeURI(text))
const PLAIN = /^[\u0020-\u007e]*$/
