import type { Call } from './call.ts'

/** The headers of every response, from what is known of the request so far, plus those of the upstream. */
export function responseHeaders(
  call: Call,
  contentType: string,
  upstream?: Readonly<Record<string, string>>,
): Record<string, string> {
  const { arrival, attempts, choiceIfAny: choice } = call
  const { upstreamMs, overheadMs } = call.durations(performance.now())
  const overhead = millis(overheadMs)
  const headers: Record<string, string> = {
    'content-type': contentType,
    'x-request-id': arrival.id,
    'x-sluice-attempts': String(attempts.count),
    'x-sluice-overhead-duration-ms': overhead,
    'server-timing': `sluice;dur=${overhead}, upstream;dur=${millis(upstreamMs)}`,
  }
  const { answering } = attempts
  const warnings = warningsOf(call)
  if (arrival.api?.idHeader) headers[arrival.api.idHeader] = arrival.id
  if (choice) headers['x-sluice-model'] = headerText(choice.model)
  if (choice?.arm !== undefined) headers['x-sluice-arm'] = headerText(choice.arm)
  if (answering) headers['x-sluice-endpoint'] = headerText(answering.candidate.id)
  if (warnings) headers['x-sluice-warnings'] = joined(warnings.map(headerText))
  return upstream ? Object.assign(headers, upstream) : headers
}

/** With microseconds. `toFixed` costs four times as much. */
const millis = (ms: number): string => String(Math.round(ms * 1000) / 1000)

/** Warnings about the response for the client; undefined if there are none. */
export const warningsOf = ({ attempts, outcome }: Call): readonly string[] | undefined =>
  attempts.answering?.warnings.list ?? outcome.warnings.list

/** Clients reject responses with large headers: Node.js with more than 16 KB in total. */
const MAX_WARNINGS = 4000

/** As many of the warnings as fit in a header, and the number of the others. */
function joined(warnings: readonly string[]): string {
  let text = ''
  for (const [index, warning] of warnings.entries()) {
    const next = text === '' ? warning : `${text}; ${warning}`
    if (next.length > MAX_WARNINGS) return `${next.slice(0, MAX_WARNINGS)}...; ${warnings.length - index - 1} more`
    text = next
  }
  return text
}

/** Names from the configuration may have any characters; a header holds visible ASCII. */
const headerText = (text: string): string => (PLAIN.test(text) ? text : encodeURI(text.toWellFormed()))
const PLAIN = /^[\u0020-\u007e]*$/
