import { expect, test } from 'bun:test'
import { configFrom } from '../../test/parts.ts'

const providers = { openai: { apiKey: 'k' } }

test.each([
  [
    'an alias of a target with a star',
    { models: { 'gpt-*': { targets: ['openai/gpt-*'], aliases: ['foo'] } } },
    /models\.gpt-\*\.aliases.*what the \* of the target stands for/,
  ],
  [
    'a route to a pattern',
    { models: { 'gpt-*': 'openai/gpt-*' }, routes: { '/v1/x': 'gpt-*' } },
    /routes\.\/v1\/x.*is a pattern/,
  ],
  [
    'a fallback to a pattern',
    { models: { 'gpt-*': 'openai/gpt-*', a: { targets: ['openai/a'], fallbacks: ['gpt-*'] } } },
    /models\.a\.fallbacks.*is a pattern/,
  ],
])('%s is refused', (_title, config, message) => expect(() => configFrom({ providers, ...config })).toThrow(message))

test('an alias of a wildcard with a whole target, and a route to a name that a pattern matches, are fine', () => {
  const models = { 'gpt-*': { targets: ['openai/gpt-5'], aliases: ['best'] }, 'o*': 'openai/o*' }
  expect(() => configFrom({ providers, models, routes: { '/v1/x': 'o3' } })).not.toThrow()
})
