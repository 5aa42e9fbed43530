import { expect, test } from 'bun:test'
import { FailureRate } from './failure-rate.ts'

/** Records `s` as a success and `f` as a failure, one each `stepMs`; a number advances the clock by milliseconds. */
function rateAfter(events: readonly (string | number)[], stepMs = 0): [FailureRate, number] {
  const rate = new FailureRate(30_000)
  let nowMs = 0
  for (const part of events) {
    if (typeof part === 'number') nowMs += part
    else
      for (const letter of part) {
        rate.record(letter === 'f', nowMs)
        nowMs += stepMs
      }
  }
  return [rate, nowMs]
}

test.each<[string, (string | number)[], boolean]>([
  ['nothing', [], false],
  ['nineteen failures', ['f'.repeat(19)], false],
  ['twenty failures', ['f'.repeat(20)], true],
  ['half are failures', ['sf'.repeat(20)], false],
  ['more than half are failures', ['sf'.repeat(20), 'f'], true],
  ['failures 24 seconds old', ['f'.repeat(20), 24_000], true],
  ['failures 30 seconds old', ['f'.repeat(20), 30_000], false],
  ['old failures and new successes', ['f'.repeat(20), 26_000, 's'.repeat(20), 4000], false],
  ['failures a day old', ['f'.repeat(20), 86_400_000], false],
])('%s', (_title, events, expected) => {
  const [rate, nowMs] = rateAfter(events)
  expect(rate.exceedsHalf(20, nowMs)).toBe(expected)
})

test('a clock that goes back loses no samples', () => {
  const [rate] = rateAfter([20_000, 'f'.repeat(19)])
  rate.record(true, 0)
  expect(rate.exceedsHalf(20, 20_000)).toBe(true)
})

test('clear() removes all samples', () => {
  const [rate, nowMs] = rateAfter(['f'.repeat(20)])
  rate.clear()
  expect(rate.exceedsHalf(1, nowMs)).toBe(false)
})
