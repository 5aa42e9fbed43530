import { expect, test } from 'bun:test'
import { EndpointRegistry } from '../routing/endpoint.ts'
import { type EndpointLoad, loadReport, PeerLoads, type PeerReport, SILENT_AFTER_MS } from './peer-loads.ts'
import { PeerHealth } from './peer-health.ts'

function machine() {
  const registry = new EndpointRegistry()
  const [a, b] = ['a', 'b'].map((name) => registry.endpoint(`gpu/${name}`, `http://${name}/v1`, Infinity))
  const peerHealth = new PeerHealth(9)
  const peers = new PeerLoads(registry, peerHealth)
  /** As the reports of one batch are. */
  const receive = (reports: readonly PeerReport[], nowMs: number) => {
    for (const report of reports) peers.receive(report, nowMs)
    peers.update()
  }
  return {
    registry,
    peerHealth,
    peers,
    receive,
    a: a!,
    b: b!,
    elsewhere: () => [a!.inFlightElsewhere, b!.inFlightElsewhere],
  }
}
const load = (more: Partial<EndpointLoad>): EndpointLoad => ({
  inFlight: 0,
  picks: 0,
  failures: 0,
  answeredAgoMs: undefined,
  consecutiveFailures: 0,
  failingForMs: 0,
  states: [],
  ...more,
})
const at = (inFlight: number) => ({ 'gpu/a|http://a/v1': load({ inFlight }) })

test('a report has the calls in flight of this worker, not those of the others', () => {
  const { registry, peerHealth, a, b } = machine()
  a.inFlight = 2
  b.inFlightElsewhere = 5
  expect(loadReport(registry, peerHealth, 0)).toEqual(at(2))
})

test('the reports of the other workers are added up, and the latest of each counts', () => {
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

test('the report of a worker that has exited is dropped at once', () => {
  const { peers, receive, elsewhere } = machine()
  receive([[1, at(2), 0]], 0)
  peers.workerGone(1)
  expect(elsewhere()).toEqual([0, 0])
})

test('a worker that is silent for 3 s is ignored until it reports again', () => {
  const { peers, receive, elsewhere } = machine()
  receive([[1, at(2), 0]], 1000)
  peers.expire(1000 + SILENT_AFTER_MS)
  expect(elsewhere()).toEqual([2, 0])
  peers.expire(1001 + SILENT_AFTER_MS)
  expect(elsewhere()).toEqual([0, 0])
  receive([[1, at(1), 0]], 9000)
  expect(elsewhere()).toEqual([1, 0])
})

test('an endpoint that a reload adds gets the reports that arrived before the reload', () => {
  const { registry, peers, receive } = machine()
  receive([[1, { 'gpu/c|http://c/v1': load({ inFlight: 3 }) }, 0]], 0)
  const c = registry.endpoint('gpu/c', 'http://c/v1', Infinity)
  expect(c.inFlightElsewhere).toBe(0)
  peers.update()
  expect(c.inFlightElsewhere).toBe(3)
})

test('picks and failures are added up, and an answer to any worker counts as an answer', () => {
  const { receive, a } = machine()
  const report = (more: Partial<EndpointLoad>) => ({ [a.key]: load(more) })
  receive(
    [
      [1, report({ picks: 2, failures: 1, answeredAgoMs: 300 }), 0],
      [2, report({ picks: 3 }), 0],
    ],
    1000,
  )
  expect([a.picksElsewhere, a.failuresElsewhere]).toEqual([5, 1])
  expect([a.health.hasAnsweredSince(700), a.health.hasAnsweredSince(701)]).toEqual([true, false])
  receive([[1, report({ answeredAgoMs: 100 }), 250]], 1000)
  expect([a.health.hasAnsweredSince(650), a.health.hasAnsweredSince(651)]).toEqual([true, false])
})

test.each<[string, Partial<EndpointLoad>[], number]>([
  [
    'those of all workers',
    [
      { consecutiveFailures: 2, failingForMs: 500 },
      { consecutiveFailures: 1, failingForMs: 20 },
    ],
    3,
  ],
  [
    'none before an answer to another worker',
    [{ consecutiveFailures: 2, failingForMs: 500 }, { answeredAgoMs: 400 }],
    0,
  ],
  ['none before an answer to this worker', [{ consecutiveFailures: 2, failingForMs: 950 }], 0],
  [
    'those after the last answer',
    [
      { consecutiveFailures: 2, failingForMs: 300, answeredAgoMs: 350 },
      { consecutiveFailures: 1, failingForMs: 350 },
    ],
    2,
  ],
])('of failures in a row in other workers, these count: %s', (_title, reports, expected) => {
  const { receive, a } = machine()
  a.health.completed({ startedMs: 0, model: undefined, hasBegun: false }, 100)
  receive(
    reports.map((more, at) => [at, { [a.key]: load(more) }, 0]),
    1000,
  )
  expect(a.health.breaker.failuresElsewhere).toBe(expected)
})
