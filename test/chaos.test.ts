// The short form of `npm run chaos`: some seconds of everything that can go wrong, every answer checked.
import { expect, test } from 'bun:test'
import { runChaos } from '../chaos/run.ts'

/** Below the bound of the long form: here one call that a busy machine lets run out of time weighs as much as ten there. */
const LEAST_SUCCESS = 0.98

test('no lie, no orphan and hardly an error while servers and workers die, freeze and fail', async () => {
  const report = await runChaos({ seed: 8, seconds: 8, workers: 2, clients: 20 }, () => {})
  const { tally, orphans, alarms, undone, disruptions } = report
  expect(tally.lies).toEqual([])
  expect({ orphans, alarms, undone }).toEqual({ orphans: 0, alarms: 0, undone: [] })
  expect(tally.total.exact).toBeGreaterThan(50)
  expect([...disruptions.values()].length).toBeGreaterThan(5)
  expect({ isGood: tally.successRate >= LEAST_SUCCESS, failures: tally.failures }).toMatchObject({ isGood: true })
}, 40_000)
