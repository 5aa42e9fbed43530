import { afterAll, expect, test } from 'bun:test'
import { createAlarm } from './alarm.ts'

const alarm = await createAlarm()
afterAll(() => alarm.close())

test.each([0, 0.1, 0.7, 3, 20])('it never wakes before its time, %d ms ahead', async (ms) => {
  const time = performance.now() + ms
  await alarm.until(time, () => false)
  expect(performance.now()).toBeGreaterThanOrEqual(time)
})

test('a time that has passed is not waited for', async () => {
  let looks = 0
  await alarm.until(performance.now() - 1000, () => ++looks > 0)
  expect(looks).toBe(0)
})

test('a wait that has become pointless ends long before its time', async () => {
  let isPointless = false
  setImmediate(() => {
    isPointless = true
  })
  await alarm.until(performance.now() + 3_600_000, () => isPointless)
  expect(isPointless).toBe(true)
})
