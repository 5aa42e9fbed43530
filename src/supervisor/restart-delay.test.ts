import { expect, test } from 'bun:test'
import { restartDelayMs } from './restart-delay.ts'

test.each([
  [0, 0],
  [1, 0],
  [2, 500],
  [3, 1000],
  [6, 8000],
  [7, 10_000],
  [5000, 10_000],
])('after %d quick exits in a row the next start waits %d ms', (quickExits, delayMs) => {
  expect(restartDelayMs(quickExits)).toBe(delayMs)
})
