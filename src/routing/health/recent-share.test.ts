import { expect, test } from 'bun:test'
import { RecentShare } from './recent-share.ts'

/** `g` is good, `b` is bad, one each `stepMs`; a number waits so many milliseconds. */
function shareAfter(story: readonly (string | number)[], stepMs = 0): [RecentShare, number] {
  const share = new RecentShare(30_000)
  let nowMs = 0
  for (const part of story) {
    if (typeof part === 'number') nowMs += part
    else
      for (const letter of part) {
        share.record(letter === 'b', nowMs)
        nowMs += stepMs
      }
  }
  return [share, nowMs]
}

test.each<[string, (string | number)[], boolean]>([
  ['nothing', [], false],
  ['nineteen bad ones', ['b'.repeat(19)], false],
  ['twenty bad ones', ['b'.repeat(20)], true],
  ['a half', ['gb'.repeat(20)], false],
  ['more than a half', ['gb'.repeat(20), 'b'], true],
  ['what is 24 seconds old', ['b'.repeat(20), 24_000], true],
  ['what is 30 seconds old', ['b'.repeat(20), 30_000], false],
  ['old bad ones and new good ones', ['b'.repeat(20), 26_000, 'g'.repeat(20), 4000], false],
  ['what is a day old', ['b'.repeat(20), 86_400_000], false],
])('%s', (_title, story, expected) => {
  const [share, nowMs] = shareAfter(story)
  expect(share.isMostlyBad(20, nowMs)).toBe(expected)
})

test('a clock that goes back loses nothing', () => {
  const [share] = shareAfter([20_000, 'b'.repeat(19)])
  share.record(true, 0)
  expect(share.isMostlyBad(20, 20_000)).toBe(true)
})

test('it can be emptied', () => {
  const [share, nowMs] = shareAfter(['b'.repeat(20)])
  share.clear()
  expect(share.isMostlyBad(1, nowMs)).toBe(false)
})
