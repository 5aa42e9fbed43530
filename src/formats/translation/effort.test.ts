import { expect, test } from 'bun:test'
import { budgetOf, effortOf } from './effort.ts'

test.each([
  ['low', 6400],
  ['medium', 19_200],
  ['high', 38_400],
  ['max', 57_600],
] as const)('%s is a budget of %d of 64000 tokens, and back', (effort, budget) => {
  expect(budgetOf(effort, 64_000)).toBe(budget)
  expect(effortOf(budget, 64_000)).toBe(effort)
})

test('a budget of 0 is the effort none', () => expect(effortOf(0, 64_000)).toBe('none'))
test('the minimal effort gives a budget of 0, so that the minimum of the model applies', () =>
  expect(budgetOf('minimal', 64_000)).toBe(0))
