// The trace of a request, which goes on to the servers that the operator trusts with it.
// Sources: https://www.w3.org/TR/trace-context/ and https://www.w3.org/TR/baggage/
import type { Provider } from '../../routing/endpoint.ts'
import { isForwardable } from '../call/forwardable-header.ts'
import { isHopByHop } from './hop-by-hop.ts'

const TRACE_PARENT = /^(?!ff)[0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}(?:-.*)?$/

/** Version 00 has exactly four parts. Later versions may have more. */
const isTraceParent = (value: string): boolean =>
  TRACE_PARENT.test(value) && (value.length === 55 || !value.startsWith('00'))

const MOST_BAGGAGE_BYTES = 1024
const MOST_BAGGAGE_MEMBERS = 180

/** Adds `traceparent`, `tracestate` and `baggage` of the client to `headers`, as far as the provider may have them. */
export function addTraceHeaders(client: Headers, { propagates }: Provider, headers: Record<string, string>): void {
  if (propagates.trace) addTrace(client, headers)
  if (propagates.baggage.size > 0) addBaggage(client, propagates.baggage, headers)
}

/** Without a valid parent, the state belongs to no trace. */
function addTrace(client: Headers, headers: Record<string, string>): void {
  const parent = client.get('traceparent')
  if (parent === null || !isForwardable(parent) || !isTraceParent(parent) || isHopByHop(client, 'traceparent')) return
  headers['traceparent'] = parent
  const state = client.get('tracestate')
  if (state !== null && isForwardable(state) && !isHopByHop(client, 'tracestate')) headers['tracestate'] = state
}

function addBaggage(client: Headers, keys: ReadonlySet<string>, headers: Record<string, string>): void {
  const given = client.get('baggage')
  if (given === null || isHopByHop(client, 'baggage')) return
  let kept = ''
  for (const member of given.split(',', MOST_BAGGAGE_MEMBERS)) {
    const text = member.trim()
    const key = text.split(/[ \t]*[=;]/, 1)[0]!
    if (!keys.has(key) || !text.includes('=') || !isForwardable(text)) continue
    const next = kept === '' ? text : `${kept},${text}`
    if (next.length > MOST_BAGGAGE_BYTES) break
    kept = next
  }
  if (kept !== '') headers['baggage'] = kept
}
