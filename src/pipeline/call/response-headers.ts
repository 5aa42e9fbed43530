import type { Call } from './call.ts'

/** The headers of every response, from what is known of the request so far, plus those of the upstream. */
export function responseHeaders(
  call: Call,
  contentType: string,
  upstream?: Readonly<Record<string, string>>,
): Record<string, string> {
  const { arrival, attempts, choiceIfAny: choice } = call
  const { upstreamMs, overheadMs } = call.durations(performance.now())
  const overhead = overheadMs.toFixed(3)
  const headers: Record<string, string> = {
    'content-type': contentType,
    'x-request-id': arrival.id,
    'x-sluice-attempts': String(attempts.count),
    'x-sluice-overhead-duration-ms': overhead,
    'server-timing': `sluice;dur=${overhead}, upstream;dur=${upstreamMs.toFixed(3)}`,
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

/** Warnings about the response for the client; undefined if there are none. */
export const warningsOf = ({ attempts, outcome }: Call): readonly string[] | undefined =>
  attempts.answering?.warnings.list ?? outcome.warnings.list

/** Names from the configuration may have any characters; a header holds visible ASCII. */
const headerText = (text: string): string => (PLAIN.test(text) ? text : encodeURI(text))
const PLAIN = /^[\u0020-\u007e]*$/
