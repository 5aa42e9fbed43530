import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import type { Usage } from '../../chat/usage.ts'
import { uncachedInput } from '../../chat/usage.ts'
import { decodeUsage, encodeUsage } from './usage.ts'
import { runs } from '../../../test/runs.ts'

describe('usage is decoded from', () => {
  test.each<[string, object, Usage]>([
    [
      'OpenAI',
      {
        prompt_tokens: 9,
        completion_tokens: 5,
        total_tokens: 14,
        prompt_tokens_details: { cached_tokens: 4, cache_write_tokens: 2, audio_tokens: 1 },
        completion_tokens_details: { reasoning_tokens: 3, audio_tokens: 1, accepted_prediction_tokens: 2 },
      },
      {
        input: 9,
        output: 5,
        cached: 4,
        cacheWrite: 2,
        audioInput: 1,
        reasoning: 3,
        audioOutput: 1,
        extra: { completion_tokens_details: { accepted_prediction_tokens: 2 } },
      },
    ],
    [
      'xAI: reasoning counted separately, as the total shows',
      { prompt_tokens: 9, completion_tokens: 5, total_tokens: 17, completion_tokens_details: { reasoning_tokens: 3 } },
      { input: 9, output: 8, reasoning: 3 },
    ],
    [
      'gateways to Gemini: more reasoning than completion tokens',
      { prompt_tokens: 9, completion_tokens: 5, completion_tokens_details: { reasoning_tokens: 30 } },
      { input: 9, output: 35, reasoning: 30 },
    ],
    [
      'DeepSeek',
      { prompt_tokens: 9, completion_tokens: 5, prompt_cache_hit_tokens: 4, prompt_cache_miss_tokens: 5 },
      { input: 9, output: 5, cached: 4 },
    ],
    ['Mistral', { prompt_tokens: 9, completion_tokens: 5, num_cached_tokens: 4 }, { input: 9, output: 5, cached: 4 }],
    ['Moonshot', { prompt_tokens: 9, completion_tokens: 5, cached_tokens: 4 }, { input: 9, output: 5, cached: 4 }],
    ['Ollama, without details', { prompt_tokens: 9, completion_tokens: 5 }, { input: 9, output: 5 }],
    [
      'OpenRouter, with its price',
      { prompt_tokens: 9, completion_tokens: 5, cost: 0.1, is_byok: false },
      { input: 9, output: 5, extra: { cost: 0.1, is_byok: false } },
    ],
    [
      'invalid values',
      { prompt_tokens: -1, completion_tokens: '5', prompt_tokens_details: [] },
      { input: 0, output: 0 },
    ],
  ])('%s', (_title, usage, expected) => expect(decodeUsage(usage)).toStrictEqual(expected))

  test.each([[undefined], [null], [5], ['x'], [[]]])('%p is not usage', (value: unknown) =>
    expect(decodeUsage(value)).toBeUndefined(),
  )

  test('Azure’s grok reports more cached than input tokens: the uncached count is 0', () =>
    expect(uncachedInput(decodeUsage({ prompt_tokens: 5, prompt_tokens_details: { cached_tokens: 9 } })!)).toBe(0))
})

test('encoded usage is decoded to the same value', () => {
  const count = fc.nat(1000)
  const usage = fc.record(
    {
      input: count,
      output: fc.integer({ min: 1000, max: 2000 }),
      cached: count,
      cacheWrite: count,
      reasoning: count,
      imageOutput: count,
    },
    { requiredKeys: ['input', 'output', 'cached', 'cacheWrite'] },
  )
  fc.assert(
    fc.property(usage, (given) => {
      expect(decodeUsage(encodeUsage(given, false))).toEqual(given)
    }),
    runs(),
  )
})

test('extra counts of another upstream are left out', () => {
  const usage = { input: 1, output: 2, extra: { cost: 1 } }
  expect(encodeUsage(usage, false)).toEqual({ prompt_tokens: 1, completion_tokens: 2, total_tokens: 3 })
  expect(encodeUsage(usage, true)).toEqual({ prompt_tokens: 1, completion_tokens: 2, total_tokens: 3, cost: 1 })
})
