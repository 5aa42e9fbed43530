import { expect, test } from 'bun:test'
import { contextWindow, maxOutputOf } from './model-limits.ts'

test.each([
  ['claude-2.0', 100_000],
  ['claude-2.1', 200_000],
  ['claude-instant-1.2', 100_000],
  ['claude-3-opus-20240229', 200_000],
  ['anthropic/claude-3.7-sonnet', 200_000],
  ['claude-sonnet-4-20250514', 200_000],
  ['claude-opus-4-1', 200_000],
  ['us.anthropic.claude-sonnet-4-5-20250929-v1:0', 200_000],
  ['claude-sonnet-4-5@20250929', 200_000],
  ['claude-opus-4.6', 1_000_000],
  ['claude-sonnet-4-6', 1_000_000],
  ['claude-opus-5', 1_000_000],
  ['claude-haiku-5-5', 200_000],
  ['models/gemini-2.5-flash', 1_048_576],
  ['gpt-5.6', 400_000],
  ['openai/gpt-4o-mini', 128_000],
  ['gpt-4.1-nano', 1_047_576],
  ['sim-1b', undefined],
  ['', undefined],
])('%s: %p', (model, tokens) => expect(contextWindow(model)).toBe(tokens as number))

test.each([
  ['gpt-4o-2024-11-20', 16_384],
  ['openai/gpt-4.1-mini', 32_768],
  ['gpt-5.6', 128_000],
  ['gpt-5-chat-latest', 16_384],
  ['o3-mini', 100_000],
  ['models/gemini-2.0-flash', 8192],
  ['gemini-3-flash', 65_536],
  ['claude-opus-4-7', undefined],
  ['qwen3', undefined],
  ['llama-o3', undefined],
])('the maximum output of %s: %p', (model, tokens) => expect(maxOutputOf(model)).toBe(tokens as number))
