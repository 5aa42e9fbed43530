import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { ShareBudget } from './share-budget.ts'
import { runs } from '../../test/runs.ts'

test('all of 100 calls at a server that dies can be retried, and after that a tenth of the calls', () => {
  const budget = new ShareBudget()
  expect(Array.from({ length: 101 }, () => budget.spend()).filter(Boolean)).toHaveLength(100)
  let retries = 0
  for (let call = 0; call < 1000; call++) {
    budget.earn()
    if (budget.spend()) retries++
  }
  expect(retries).toBeWithin(98, 101)
})

test('in any order of events, retries stay within 100 plus a tenth of the calls', () => {
  fc.assert(
    fc.property(fc.array(fc.boolean(), { maxLength: 2000 }), (steps) => {
      const budget = new ShareBudget()
      let calls = 0
      let retries = 0
      for (const isCall of steps) {
        if (isCall) {
          calls++
          budget.earn()
        } else if (budget.spend()) retries++
        expect(retries).toBeLessThanOrEqual(100 + calls * 0.1 + 1e-6)
      }
    }),
    runs(),
  )
})
