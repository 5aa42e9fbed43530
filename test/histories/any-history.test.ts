// Any history of any client becomes one that the strict provider of every other format takes.
import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { providerType } from '../../src/providers/index.ts'
import { runs } from '../runs.ts'
import { RENDER } from './conversations.ts'
import { clients, encode, type Options, others, type Upstream } from './encode.ts'
import { conversations, type Step } from './steps.ts'

function check(client: string, upstream: Upstream, steps: readonly Step[], options?: Options, more: object = {}): void {
  const { violations, body } = encode(client, upstream, { ...RENDER[client]!(steps), ...more }, options)
  expect(violations).toEqual([])
  expect(JSON.stringify(body)).toContain('And now?')
}

describe.each([...clients])('a history of %s', (client) => {
  test.each(others(client))('continues with %s', (upstream) =>
    fc.assert(
      fc.property(conversations, (steps) => check(client, upstream, steps)),
      runs(50),
    ),
  )
})

/** Models with rules of their own. */
const MODELS: readonly (readonly [upstream: Upstream, model: string, options: Options])[] = [
  ['bedrock-converse', 'us.amazon.nova-2-lite-v1:0', {}],
  ['bedrock-converse', 'mistral.mistral-large-2407-v1:0', {}],
  ['bedrock-converse', 'anthropic.claude-sonnet-4-5-20250929-v1:0', {}],
  ['anthropic', 'claude-sonnet-4-5', {}],
  ['gemini', 'gemini-2.5-flash', {}],
  ['gemini', 'gemma-3-27b-it', {}],
  ['openai-responses', 'gpt-5.6', {}],
  ['openai-chat', 'qwen3-coder', { rules: 'self-hosted-chat', type: 'vllm' }],
  ['openai-chat', 'glm-5', { rules: 'self-hosted-chat', type: 'sglang' }],
  ['openai-chat', 'mistral-large-latest', { type: 'mistral' }],
]

describe.each([...clients])('a history of %s', (client) => {
  test.each(MODELS.filter(([upstream]) => upstream !== client))(
    'continues with %s, model %s',
    (upstream, model, options) =>
      fc.assert(
        fc.property(conversations, (steps) => check(client, upstream, steps, { ...options, model })),
        runs(20),
      ),
  )
})

describe('a history of a Responses client that wants reasoning', () => {
  test.each([
    ['anthropic', 'claude-sonnet-4-5'],
    ['anthropic', 'claude-opus-4-7'],
    ['bedrock-converse', 'anthropic.claude-sonnet-4-5-20250929-v1:0'],
  ] as const)('continues with %s, model %s', (upstream, model) =>
    fc.assert(
      fc.property(conversations, (steps) =>
        check(
          'openai-responses',
          upstream,
          steps,
          { model },
          { reasoning: { effort: 'high' }, max_output_tokens: 20_000 },
        ),
      ),
      runs(),
    ),
  )
})

test('the types of providers above exist', () => {
  for (const [, , { type }] of MODELS) if (type !== undefined) expect(providerType(type)).toBeDefined()
})
