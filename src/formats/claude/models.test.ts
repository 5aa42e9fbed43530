import { describe, expect, test } from 'bun:test'
import { claudeModel } from './models.ts'

describe('the version in a model name determines its capabilities, in the name of any cloud', () => {
  test.each([
    ['claude-2.1', 4096, 'none', 'all', true],
    ['anthropic.claude-v2:1', 4096, 'none', 'all', true],
    ['claude-instant-1.2', 4096, 'none', 'all', true],
    ['claude-3-opus-20240229', 4096, 'none', 'all', true],
    ['claude-3-5-haiku-20241022', 8192, 'none', 'all', true],
    ['claude-3-7-sonnet@20250219', 64_000, 'manual', 'all', true],
    ['anthropic/claude-3.7-sonnet', 64_000, 'manual', 'all', true],
    ['claude-opus-4-20250514', 32_000, 'manual', 'all', true],
    ['claude-sonnet-4-20250514', 64_000, 'manual', 'all', true],
    ['claude-sonnet-4-0', 64_000, 'manual', 'all', true],
    ['claude-opus-4-1', 32_000, 'manual', 'one', true],
    ['us.anthropic.claude-sonnet-4-5-20250929-v1:0', 64_000, 'manual', 'one', true],
    ['claude-opus-4.6', 128_000, 'adaptive', 'one', false],
    ['claude-opus-4-7', 128_000, 'adaptive', 'none', false],
    ['claude-sonnet-5', 128_000, 'adaptive', 'none', false],
    ['claude-haiku-5-5', 64_000, 'adaptive', 'none', false],
    ['claude-fable-5-2', 128_000, 'adaptive', 'none', false],
    ['claude-mythos-preview', 128_000, 'adaptive', 'none', false],
    ['kimi-k2', 32_000, 'manual', 'all', true],
  ])('%s', (name, maxOutput, thinking, sampling, takesPrefill) =>
    expect(claudeModel(name)).toMatchObject({ maxOutput, thinking, sampling, takesPrefill } as object),
  )
})
