import { expect, test } from 'bun:test'
import { contextWindow } from './context-window.ts'

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
