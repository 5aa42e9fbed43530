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
  [
    'a fallback that stands in its list twice',
    { models: { b: 'openai/b', a: { targets: ['openai/a'], fallbacks: ['b', 'b'] } } },
    /models\.a\.fallbacks\.1: "b" is in this list already/,
  ],
  [
    'a fallback that stands in its list twice, once by its alias',
    {
      models: {
        b: { targets: ['openai/b'], aliases: ['c'] },
        a: { targets: ['openai/a'], fallbacks: { contextWindow: ['b', 'c'] } },
      },
    },
    /models\.a\.fallbacks\.contextWindow\.1: "c" is in this list already/,
  ],
  [
    'a model that is its own fallback',
    { models: { a: { targets: ['openai/a'], fallbacks: { contentPolicy: ['a'] } } } },
    /models\.a\.fallbacks\.contentPolicy\.0: "a" is this model itself/,
  ],
  [
    'a fallback of all models that is none',
    { models: { a: 'openai/a' }, requests: { fallbacks: ['aa'] } },
    /requests\.fallbacks\.0: "aa" is not a model; allowed: a\. Did you mean "a"\?/,
  ],
  [
    'a list for a kind that does not exist',
    { models: { a: { targets: ['openai/a'], fallbacks: { contextwindow: [] } } } },
    /"contextwindow" is not a key here; allowed: any, contextWindow, contentPolicy\. Did you mean "contextWindow"\?/,
  ],
])('%s is refused', (_title, config, message) => expect(() => configFrom({ providers, ...config })).toThrow(message))

test('one model may stand in several lists, and in that of all models beside its own', () => {
  const fallbacks = { any: ['b'], contextWindow: ['b'], contentPolicy: ['b'] }
  const models = { a: { targets: ['openai/a'], fallbacks }, b: 'openai/b' }
  expect(() => configFrom({ providers, models, requests: { fallbacks } })).not.toThrow()
})

test('an alias of a wildcard with a whole target, and a route to a name that a pattern matches, are fine', () => {
  const models = { 'gpt-*': { targets: ['openai/gpt-5'], aliases: ['best'] }, 'o*': 'openai/o*' }
  expect(() => configFrom({ providers, models, routes: { '/v1/x': 'o3' } })).not.toThrow()
})
