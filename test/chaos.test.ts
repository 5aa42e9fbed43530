// The short form of `npm run chaos`: some seconds of faults, every response checked.
import { expect, test } from 'bun:test'
import { runChaos } from '../chaos/run.ts'

// How many requests succeed also depends on the load of the machine: `npm run chaos` has a bound for it.
test('no wrong response and no orphaned request while servers and workers die, freeze and fail', async () => {
  const report = await runChaos(
    { seed: 8, seconds: 8, workers: 2, clients: 20, leastExact: 51, orphanGraceMs: 20_000 },
    () => {},
  )
  const { tally, orphans, unhandledErrors, failedDisruptions, disruptions } = report
  expect(tally.wrongResponses).toEqual([])
  expect({ orphans, unhandledErrors, failedDisruptions }).toEqual({
    orphans: 0,
    unhandledErrors: 0,
    failedDisruptions: [],
  })
  expect(tally.total.exact).toBeGreaterThan(50)
  expect([...disruptions.values()].length).toBeGreaterThan(5)
})
