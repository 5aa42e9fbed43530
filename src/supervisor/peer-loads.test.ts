import { expect, test } from 'bun:test'
import { EndpointRegistry } from '../routing/endpoint.ts'
import { loadReport, PeerLoads, SILENT_AFTER_MS } from './peer-loads.ts'

function machine() {
  const registry = new EndpointRegistry()
  const [a, b] = ['a', 'b'].map((name) => registry.endpoint(`gpu/${name}`, `http://${name}/v1`, Infinity))
  const peers = new PeerLoads(registry)
  return { registry, peers, a: a!, b: b!, elsewhere: () => [a!.elsewhere, b!.elsewhere] }
}
const at = (inFlight: number) => ({ 'gpu/a|http://a/v1': { inFlight } })

test('a report has what is in flight here, and not what is elsewhere', () => {
  const { registry, a, b } = machine()
  a.inFlight = 2
  b.elsewhere = 5
  expect(loadReport(registry)).toEqual(at(2))
})

test('what the others say adds up, and the last word of each counts', () => {
  const { peers, elsewhere } = machine()
  peers.receive(
    [
      [1, at(2)],
      [2, at(3)],
    ],
    [],
    0,
  )
  expect(elsewhere()).toEqual([5, 0])
  peers.receive([[1, at(4)]], [], 100)
  peers.receive([[1, at(4)]], [], 200)
  expect(elsewhere()).toEqual([7, 0])
  peers.receive([[2, {}]], [], 300)
  expect(elsewhere()).toEqual([4, 0])
})

test('who has gone counts no more, at once', () => {
  const { peers, elsewhere } = machine()
  peers.receive([[1, at(2)]], [], 0)
  peers.receive([], [1], 1)
  expect(elsewhere()).toEqual([0, 0])
})

test('who is silent for three seconds counts no more, and counts again when heard', () => {
  const { peers, elsewhere } = machine()
  peers.receive([[1, at(2)]], [], 1000)
  peers.expire(1000 + SILENT_AFTER_MS)
  expect(elsewhere()).toEqual([2, 0])
  peers.expire(1001 + SILENT_AFTER_MS)
  expect(elsewhere()).toEqual([0, 0])
  peers.receive([[1, at(1)]], [], 9000)
  expect(elsewhere()).toEqual([1, 0])
})

test('an endpoint that a reload brings learns what was said of it before', () => {
  const { registry, peers } = machine()
  peers.receive([[1, { 'gpu/c|http://c/v1': { inFlight: 3 } }]], [], 0)
  const c = registry.endpoint('gpu/c', 'http://c/v1', Infinity)
  expect(c.elsewhere).toBe(0)
  peers.apply()
  expect(c.elsewhere).toBe(3)
})
