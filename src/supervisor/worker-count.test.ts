import { expect, test } from 'bun:test'
import { quotaOf, workerCount } from './worker-count.ts'

test.each([
  ['200000 100000\n', 2],
  ['150000 100000\n', 2],
  ['50000 100000\n', 1],
  ['max 100000\n', Infinity],
  ['', Infinity],
  ['nonsense', Infinity],
])('a CPU quota of %j is %d cores', (text, cores) => {
  expect(quotaOf(text)).toBe(cores)
})

test('a number is used as it is, and auto is at least one', () => {
  expect(workerCount(3)).toBe(3)
  expect(workerCount('auto')).toBeGreaterThanOrEqual(1)
})
