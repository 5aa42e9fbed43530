import { expect, test } from 'bun:test'
import { EndpointRegistry } from '../routing/endpoint.ts'
import { type EndpointReport, loadReport, PeerLoads, type PeerReport, SILENT_AFTER_MS } from './peer-loads.ts'
import { PeerHealth } from './peer-health.ts'

function machine() {
  const registry = new EndpointRegistry()
  const [a, b] = ['a', 'b'].map((name) => registry.endpoint(`gpu/${name}`, `http://${name}/v1`, Infinity))
  const marks = new PeerHealth(9)
  const peers = new PeerLoads(registry, marks)
  /** As the reports of one message are. */
  const receive = (reports: readonly PeerReport[], nowMs: number) => {
    for (const report of reports) peers.receive(report, nowMs)
    peers.update()
  }
  return {
    registry,
    marks,
    peers,
    receive,
    a: a!,
    b: b!,
    elsewhere: () => [a!.inFlightElsewhere, b!.inFlightElsewhere],
  }
}
const said = (more: Partial<EndpointReport>): EndpointReport => ({
  inFlight: 0,
  picks: 0,
  failures: 0,
  answeredMs: undefined,
  inRow: 0,
  rowMs: 0,
  states: [],
  ...more,
})
const at = (inFlight: number) => ({ 'gpu/a|http://a/v1': said({ inFlight }) })

test('a report has what is in flight here, and not what is elsewhere', () => {
  const { registry, marks, a, b } = machine()
  a.inFlight = 2
  b.inFlightElsewhere = 5
  expect(loadReport(registry, marks, 0)).toEqual(at(2))
})

test('what the others say adds up, and the last word of each counts', () => {
  const { receive, elsewhere } = machine()
  receive(
    [
      [1, at(2), 0],
      [2, at(3), 0],
    ],
    0,
  )
  expect(elsewhere()).toEqual([5, 0])
  receive([[1, at(4), 0]], 100)
  receive([[1, at(4), 0]], 200)
  expect(elsewhere()).toEqual([7, 0])
  receive([[2, {}, 0]], 300)
  expect(elsewhere()).toEqual([4, 0])
})

test('who has gone counts no more, at once', () => {
  const { peers, receive, elsewhere } = machine()
  receive([[1, at(2), 0]], 0)
  peers.workerGone(1)
  expect(elsewhere()).toEqual([0, 0])
})

test('who is silent for three seconds counts no more, and counts again when heard', () => {
  const { peers, receive, elsewhere } = machine()
  receive([[1, at(2), 0]], 1000)
  peers.expire(1000 + SILENT_AFTER_MS)
  expect(elsewhere()).toEqual([2, 0])
  peers.expire(1001 + SILENT_AFTER_MS)
  expect(elsewhere()).toEqual([0, 0])
  receive([[1, at(1), 0]], 9000)
  expect(elsewhere()).toEqual([1, 0])
})

test('an endpoint that a reload brings learns what was said of it before', () => {
  const { registry, peers, receive } = machine()
  receive([[1, { 'gpu/c|http://c/v1': said({ inFlight: 3 }) }, 0]], 0)
  const c = registry.endpoint('gpu/c', 'http://c/v1', Infinity)
  expect(c.inFlightElsewhere).toBe(0)
  peers.update()
  expect(c.inFlightElsewhere).toBe(3)
})

test('picks and failures add up, and who answered anybody has answered', () => {
  const { receive, a } = machine()
  const report = (more: Partial<EndpointReport>) => ({ [a.key]: said(more) })
  receive(
    [
      [1, report({ picks: 2, failures: 1, answeredMs: 300 }), 0],
      [2, report({ picks: 3 }), 0],
    ],
    1000,
  )
  expect([a.picksElsewhere, a.failuresElsewhere]).toEqual([5, 1])
  expect([a.health.hasAnsweredSince(700), a.health.hasAnsweredSince(701)]).toEqual([true, false])
  receive([[1, report({ answeredMs: 100 }), 250]], 1000)
  expect([a.health.hasAnsweredSince(650), a.health.hasAnsweredSince(651)]).toEqual([true, false])
})

test.each<[string, Partial<EndpointReport>[], number]>([
  [
    'those of all',
    [
      { inRow: 2, rowMs: 500 },
      { inRow: 1, rowMs: 20 },
    ],
    3,
  ],
  ['none before an answer elsewhere', [{ inRow: 2, rowMs: 500 }, { answeredMs: 400 }], 0],
  ['none before an answer here', [{ inRow: 2, rowMs: 950 }], 0],
  [
    'those after the last answer',
    [
      { inRow: 2, rowMs: 300, answeredMs: 350 },
      { inRow: 1, rowMs: 350 },
    ],
    2,
  ],
])('of failures in a row elsewhere count %s', (_title, reports, expected) => {
  const { receive, a } = machine()
  a.health.completed({ startedMs: 0, model: undefined, hasBegun: false }, 100)
  receive(
    reports.map((more, at) => [at, { [a.key]: said(more) }, 0]),
    1000,
  )
  expect(a.health.breaker.failuresElsewhere).toBe(expected)
})
