import type { GatewayError } from '../errors.ts'
import { redact } from './redact.ts'
import type { CallRecord, RejectedRequest } from './observer.ts'

/**
 * The log line of a request, with its newline. Built by hand because it is written for every request: serializing an
 * object with the logger costs several times as much.
 */
export function callLine(call: CallRecord, level: 'info' | 'error', timeMs: number): string {
  const { error, usage } = call
  let line = `{"level":"${level}","time":"${isoTime(timeMs)}","msg":"request","requestId":"${call.id}","method":"${call.method}"`
  if (call.clientAddress !== undefined) line += `,"clientAddress":"${call.clientAddress}"`
  if (call.route !== '') line += `,"route":${quoted(call.route)}`
  line += `,"operation":"${call.operation}","status":${call.status},"durationMs":${round(call.durationMs)}`
  if (call.overheadMs !== undefined) line += `,"overheadMs":${round(call.overheadMs)}`
  if (call.firstEventMs !== undefined) line += `,"firstEventMs":${round(call.firstEventMs)}`
  if (call.stream) line += ',"stream":true'
  if (call.model !== undefined) line += `,"model":${quoted(call.model)}`
  if (call.arm !== undefined) line += `,"arm":${quoted(call.arm)}`
  if (call.provider !== undefined) line += `,"provider":${quoted(call.provider)}`
  if (call.endpoint !== undefined) line += `,"endpoint":${quoted(call.endpoint)}`
  line += `,"attempts":${call.attempts}`
  if (call.continuations > 0) line += `,"continuations":${call.continuations}`
  if (call.finished) line += ',"readAfterDisconnect":true'
  if (usage) line += `,"inputTokens":${usage.input},"outputTokens":${usage.output}`
  if (usage?.cached !== undefined) line += `,"cachedTokens":${usage.cached}`
  if (call.translation) line += `,"clientFormat":"${call.translation.from}","upstreamFormat":"${call.translation.to}"`
  if (call.warnings) line += `,"warnings":${JSON.stringify(abridged(call.warnings).map((text) => text.slice(0, 200)))}`
  return `${line}${error ? errorFields(error) : ''}}\n`
}

/** At most 20: the first ones, of the request, and the last ones, which in a stream are the losses of its content. */
const abridged = (warnings: readonly string[]): readonly string[] =>
  warnings.length <= 20 ? warnings : [...warnings.slice(0, 10), ...warnings.slice(-10)]

/** The log line of a rejected request (unknown path or wrong method), with the same field names. */
export function rejectionLine({ id, clientAddress, durationMs, error }: RejectedRequest, timeMs: number): string {
  const client = clientAddress === undefined ? '' : `"clientAddress":"${clientAddress}",`
  const facts = `"requestId":"${id}",${client}"status":${error.status},"durationMs":${round(durationMs)}`
  return `{"level":"info","time":"${isoTime(timeMs)}","msg":"rejected",${facts}${errorFields(error)}}\n`
}

function errorFields(error: GatewayError): string {
  const fields = `,"error":"${error.code}","errorMessage":${JSON.stringify(redact(error.message.slice(0, 500)))}`
  return error.cause === undefined ? fields : `${fields},"cause":${JSON.stringify(causeText(error.cause))}`
}

const round = (ms: number): number => Math.round(ms * 1000) / 1000

const causeText = (cause: unknown): string =>
  redact((cause instanceof Error ? (cause.stack ?? cause.message) : String(cause)).slice(0, 2000))

/** Quoted names of models and endpoints: they come from the configuration, so there are few, and they repeat. */
const QUOTED = new Map<string, string>()

function quoted(name: string): string {
  const known = QUOTED.get(name)
  if (known !== undefined) return known
  const text = JSON.stringify(name)
  if (QUOTED.size < 5000) QUOTED.set(name, text)
  return text
}

let lastMs = 0
let lastIso = ''

/** The text is kept, since many requests end within one millisecond. */
function isoTime(timeMs: number): string {
  if (timeMs !== lastMs) {
    lastMs = timeMs
    lastIso = new Date(timeMs).toISOString()
  }
  return lastIso
}
