import { expect, test } from 'bun:test'
import { formatBytes, formatDuration, parseBytes, parseDurationMs } from './units.ts'

test.each([
  ['32mb', 33_554_432],
  ['64 KB', 65_536],
  ['1.5gb', 1_610_612_736],
  ['1024', 1024],
  ['-1mb', undefined],
  ['32 apples', undefined],
  ['', undefined],
] as const)('the size %j is %p bytes', (text, bytes) => expect(parseBytes(text)).toBe(bytes))

test.each([
  ['60s', 60_000],
  ['250ms', 250],
  ['1.5m', 90_000],
  ['2H', 7_200_000],
  ['60', undefined],
  ['soon', undefined],
] as const)('the duration %j is %p ms', (text, ms) => expect(parseDurationMs(text)).toBe(ms))

test('sizes and durations are shown in their largest unit', () => {
  expect([formatBytes(33_554_432), formatBytes(1536), formatBytes(12)]).toEqual(['32 MB', '1.5 KB', '12 bytes'])
  expect([formatDuration(90_000), formatDuration(250)]).toEqual(['1.5m', '250ms'])
})
