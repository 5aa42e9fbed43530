import { expect, test } from 'bun:test'
import { ANTHROPIC_LIMITS, OPENAI_LIMITS, readLimits, writeLimits } from './rate-limits.ts'

const NOW = Date.parse('2026-11-21T10:00:00Z')

const OPENAI = {
  'x-ratelimit-limit-requests': '60',
  'x-ratelimit-remaining-requests': '59',
  'x-ratelimit-reset-requests': '1s',
  'x-ratelimit-remaining-tokens': '149984',
  'x-ratelimit-reset-tokens': '6m0s',
}
const ANTHROPIC = {
  'anthropic-ratelimit-requests-limit': '60',
  'anthropic-ratelimit-requests-remaining': '59',
  'anthropic-ratelimit-requests-reset': '2026-11-21T10:00:01Z',
  'anthropic-ratelimit-tokens-remaining': '149984',
  'anthropic-ratelimit-tokens-reset': '2026-11-21T10:06:00Z',
}

test("OpenAI's limits are written for Anthropic's clients", () =>
  expect(writeLimits(ANTHROPIC_LIMITS, readLimits(OPENAI_LIMITS, new Headers(OPENAI), NOW), NOW)).toEqual(ANTHROPIC))

test("Anthropic's limits are written for OpenAI's clients", () =>
  expect(writeLimits(OPENAI_LIMITS, readLimits(ANTHROPIC_LIMITS, new Headers(ANTHROPIC), NOW), NOW)).toEqual({
    ...OPENAI,
    'x-ratelimit-reset-tokens': '360s',
  }))

test.each<[string, number | undefined]>([
  ['120ms', 120],
  ['1.5s', 1500],
  ['1h2m3s', 3_723_000],
  ['7', 7000],
  ['', undefined],
  ['soon', undefined],
  ['-1s', undefined],
  ['1s; evil', undefined],
])('a reset of %p is %p ms away', (text, resetMs) => {
  const { requests } = readLimits(OPENAI_LIMITS, new Headers({ 'x-ratelimit-reset-requests': text }), NOW)
  expect(requests?.resetMs).toBe(resetMs as number)
})

test('unreadable values are left out', () =>
  expect(
    readLimits(
      ANTHROPIC_LIMITS,
      new Headers({ 'anthropic-ratelimit-tokens-limit': 'many', 'anthropic-ratelimit-tokens-reset': 'x' }),
      NOW,
    ),
  ).toEqual({}))
