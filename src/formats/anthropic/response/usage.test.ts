import { describe, expect, test } from 'bun:test'
import type { Usage } from '../../../chat/usage.ts'
import { decodeUsage, encodeUsage, mergeUsage } from './usage.ts'

describe('usage is decoded', () => {
  test.each<[string, object, Partial<Usage>]>([
    [
      'input is the whole prompt',
      { input_tokens: 4, cache_read_input_tokens: 100, cache_creation_input_tokens: 20, output_tokens: 5 },
      { input: 124, cached: 100, cacheWrite: 20, output: 5 },
    ],
    [
      'tokens cached for an hour',
      {
        input_tokens: 1,
        cache_creation_input_tokens: 30,
        cache_creation: { ephemeral_5m_input_tokens: 10, ephemeral_1h_input_tokens: 20 },
        output_tokens: 1,
      },
      { cacheWrite: 30, cacheWrite1h: 20 },
    ],
    [
      'reasoning tokens',
      { input_tokens: 1, output_tokens: 9, output_tokens_details: { thinking_tokens: 7 } },
      { reasoning: 7 },
    ],
    [
      'absent cache numbers are unknown',
      { input_tokens: 1, output_tokens: 9 },
      { cached: undefined, cacheWrite: undefined },
    ],
    [
      'invalid numbers count as 0',
      { input_tokens: '5', output_tokens: null, cache_creation: 7 },
      { input: 0, output: 0 },
    ],
    [
      'steps are added up, except those of an advisor',
      {
        input_tokens: 10,
        output_tokens: 5,
        iterations: [
          { type: 'compaction', input_tokens: 1000, output_tokens: 50, cache_read_input_tokens: 7 },
          { type: 'advisor_message', input_tokens: 9999, output_tokens: 9999 },
          { type: 'message', input_tokens: 10, output_tokens: 5 },
        ],
      },
      { input: 1017, output: 55, cached: 7 },
    ],
  ])('%s', (_title, wire, usage) => expect(decodeUsage(wire as Record<string, unknown>).usage).toMatchObject(usage))

  test('other fields are kept', () =>
    expect(
      decodeUsage({ input_tokens: 1, output_tokens: 1, service_tier: 'priority', inference_geo: 'eu', speed: null }),
    ).toMatchObject({
      tier: 'priority',
      usage: { extra: { inference_geo: 'eu' } },
    }))
})

test('numbers of a later usage replace the earlier ones, and are not added', () => {
  const start = { input_tokens: 100, cache_read_input_tokens: 50, output_tokens: 1 }
  const merged = mergeUsage(start, { output_tokens: 20, cache_read_input_tokens: null })
  expect(decodeUsage(merged).usage).toMatchObject({ input: 150, cached: 50, output: 20 })
})

describe('usage is encoded', () => {
  test.each<[string, Usage | undefined, object]>([
    [
      'with every key, if unknown',
      undefined,
      { input_tokens: 0, cache_creation_input_tokens: 0, cache_read_input_tokens: 0, output_tokens: 0 },
    ],
    [
      'without cached tokens in its input',
      { input: 100, cached: 60, cacheWrite: 10, output: 5 },
      { input_tokens: 30, cache_creation_input_tokens: 10, cache_read_input_tokens: 60, output_tokens: 5 },
    ],
    [
      'never below zero',
      { input: 10, cached: 60, output: 5 },
      { input_tokens: 0, cache_creation_input_tokens: 0, cache_read_input_tokens: 60, output_tokens: 5 },
    ],
    [
      'with reasoning tokens',
      { input: 1, output: 5, reasoning: 3 },
      {
        input_tokens: 1,
        cache_creation_input_tokens: 0,
        cache_read_input_tokens: 0,
        output_tokens: 5,
        output_tokens_details: { thinking_tokens: 3 },
      },
    ],
  ])('%s', (_title, usage, wire) => expect(encodeUsage(usage)).toEqual(wire as Record<string, unknown>))
})
