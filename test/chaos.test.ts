// The short form of `npm run chaos`: some seconds of faults, every response checked.
import { expect, test } from 'bun:test'
import { runChaos } from '../chaos/run.ts'

/** Below the bound of the long form: here one request that times out on a busy machine weighs as much as ten there. */
const LEAST_SUCCESS = 0.98

test('no wrong response, no orphan and few errors while servers and workers are killed, frozen and fail', async () => {
  const report = await runChaos({ seed: 8, seconds: 8, workers: 2, clients: 20 }, () => {})
  const { tally, orphans, unhandledErrors, failedDisruptions, disruptions } = report
  expect(tally.wrongResponses).toEqual([])
  expect({ orphans, unhandledErrors, failedDisruptions }).toEqual({
    orphans: 0,
    unhandledErrors: 0,
    failedDisruptions: [],
  })
  expect(tally.total.exact).toBeGreaterThan(50)
  expect([...disruptions.values()].length).toBeGreaterThan(5)
  expect({ isGood: tally.successRate >= LEAST_SUCCESS, failures: tally.failures }).toMatchObject({ isGood: true })
}, 40_000)
