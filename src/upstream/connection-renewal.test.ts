import { expect, test } from 'bun:test'
import { createRandom } from '../sim/engine/random.ts'
import { ConnectionRenewal } from './connection-renewal.ts'

/** Average life of a connection, in minutes, if `connections` are in use and requests arrive at this rate. */
function averageLife(connections: number, requestsPerSecond: number): number {
  const random = createRandom(7)
  const renewal = new ConnectionRenewal(random)
  const hours = 24
  let closed = 0
  for (let nowMs = 0; nowMs < hours * 3_600_000; nowMs += 1000 / requestsPerSecond)
    if (renewal.isDue(connections, nowMs)) closed++
  return (hours * 60 * connections) / closed
}

test.each([
  [1, 0.1],
  [1, 1],
  [10, 1],
  [10, 20],
  [100, 20],
])('with %p connections and %p requests per second, a connection lives about five minutes', (connections, rate) => {
  const minutes = averageLife(connections, rate)
  expect(minutes).toBeGreaterThan(4)
  expect(minutes).toBeLessThan(6)
})

test('the first request does not close its connection', () => {
  expect(new ConnectionRenewal(() => 0).isDue(1, 1e9)).toBe(false)
})
