import { afterAll, expect, test } from 'bun:test'
import { createAlarm } from './alarm.ts'

const alarm = await createAlarm()
afterAll(() => alarm.close())

test.each([0, 0.1, 0.7, 3, 20])('it never wakes before its time, %d ms ahead', async (ms) => {
  const time = performance.now() + ms
  await alarm.until(time, () => false)
  expect(performance.now()).toBeGreaterThanOrEqual(time)
})

test('a time in the past resolves at once', async () => {
  const before = performance.now()
  await alarm.until(before - 1000, () => false)
  expect(performance.now() - before).toBeLessThan(50)
})

test('a wait that has become pointless ends long before its time', async () => {
  const before = performance.now()
  let isPointless = false
  setImmediate(() => {
    isPointless = true
  })
  await alarm.until(before + 60_000, () => isPointless)
  expect(performance.now() - before).toBeLessThan(5000)
})
