import { expect, test } from 'bun:test'
import type { Provider } from '../../routing/endpoint.ts'
import { addTraceHeaders } from './trace-headers.ts'

const PARENT = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01'
const TRACE = { traceparent: PARENT, tracestate: 'a=1,b=2' }

function sent(client: Record<string, string>, trace: boolean, keys: readonly string[] = []): Record<string, string> {
  const headers: Record<string, string> = {}
  const provider = { propagates: { trace, baggage: new Set(keys) } } as unknown as Provider
  addTraceHeaders(new Headers(client), provider, headers)
  return headers
}

test.each([
  ['a trace', TRACE, TRACE],
  [
    'a later version with more parts',
    { traceparent: PARENT.replace('00-', '01-') + '-x' },
    { traceparent: PARENT.replace('00-', '01-') + '-x' },
  ],
  ['a state without a trace', { tracestate: 'a=1' }, {}],
  ['version ff', { ...TRACE, traceparent: PARENT.replace('00-', 'ff-') }, {}],
  ['version 00 with more parts', { ...TRACE, traceparent: `${PARENT}-x` }, {}],
  ['a trace id of zeros', { ...TRACE, traceparent: `00-${'0'.repeat(32)}-00f067aa0ba902b7-01` }, {}],
  ['a parent id of zeros', { ...TRACE, traceparent: `00-4bf92f3577b34da6a3ce929d0e0e4736-${'0'.repeat(16)}-01` }, {}],
  ['capitals', { ...TRACE, traceparent: PARENT.toUpperCase() }, {}],
  ['two of them', { ...TRACE, traceparent: `${PARENT}, ${PARENT}` }, {}],
  ['text', { ...TRACE, traceparent: 'x' }, {}],
  ['10 KB', { ...TRACE, traceparent: PARENT.replace('00-', '01-') + '-x'.repeat(5000) }, {}],
  ['a state of 10 KB', { ...TRACE, tracestate: 'a='.padEnd(10_000, 'x') }, { traceparent: PARENT }],
  ['a trace for this hop only', { ...TRACE, connection: 'close, traceparent' }, {}],
  ['a state for this hop only', { ...TRACE, connection: 'tracestate' }, { traceparent: PARENT }],
])('%s', (_, client, forwarded) => {
  expect(sent(client as Record<string, string>, true)).toEqual(forwarded as Record<string, string>)
  expect(sent(client as Record<string, string>, false)).toEqual({})
})

test.each([
  ['the keys that are configured', 'team=red,user=ann, tier = gold;x=1', 'team=red,tier = gold;x=1'],
  ['none of them', 'user=ann', undefined],
  ['a key that only ends alike', 'myteam=1,team2=1', undefined],
  ['a key in a property', 'user=ann;team=red', undefined],
  ['a key without a value', 'team,tier', undefined],
  ['other case', 'Team=red', undefined],
  ['nothing', '', undefined],
  ['separators', ',,;,=,', undefined],
  ['a value beyond 1 KB', `team=${'x'.repeat(1100)},tier=1`, 'tier=1'],
  ['more than 1 KB together', `team=${'x'.repeat(700)},tier=${'y'.repeat(700)}`, `team=${'x'.repeat(700)}`],
  ['members beyond the 180th', `${'a=1,'.repeat(180)}team=red`, undefined],
  ['the 180th member', `${'a=1,'.repeat(179)}team=red`, 'team=red'],
])('baggage with %s', (_, baggage, forwarded) => {
  expect(sent({ baggage }, false, ['team', 'tier'])['baggage']).toBe(forwarded!)
  expect(sent({ baggage }, true)).toEqual({})
  expect(sent({ baggage, connection: 'baggage' }, true, ['team', 'tier'])).toEqual({})
})
