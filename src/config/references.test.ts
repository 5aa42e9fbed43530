import { expect, test } from 'bun:test'
import { configFrom } from '../../test/parts.ts'

const providers = { openai: { apiKey: 'k' } }

test.each([
  [
    'an alias of a model whose target has a wildcard',
    { models: { 'gpt-*': { targets: ['openai/gpt-*'], aliases: ['foo'] } } },
    /models\.gpt-\*\.aliases.*an alias of a model whose target contains a \*/,
  ],
  [
    'a route to a wildcard',
    { models: { 'gpt-*': 'openai/gpt-*' }, routes: { '/v1/x': 'gpt-*' } },
    /routes\.\/v1\/x.*is a wildcard/,
  ],
  [
    'a fallback to a wildcard',
    { models: { 'gpt-*': 'openai/gpt-*', a: { targets: ['openai/a'], fallbacks: ['gpt-*'] } } },
    /models\.a\.fallbacks.*is a wildcard/,
  ],
  [
    'a fallback that is listed twice',
    { models: { b: 'openai/b', a: { targets: ['openai/a'], fallbacks: ['b', 'b'] } } },
    /models\.a\.fallbacks\.1: "b" is already in this list/,
  ],
  [
    'a fallback that is listed twice, once by its alias',
    {
      models: {
        b: { targets: ['openai/b'], aliases: ['c'] },
        a: { targets: ['openai/a'], fallbacks: { contextWindow: ['b', 'c'] } },
      },
    },
    /models\.a\.fallbacks\.contextWindow\.1: "c" is already in this list/,
  ],
  [
    'a model that is its own fallback',
    { models: { a: { targets: ['openai/a'], fallbacks: { contentPolicy: ['a'] } } } },
    /models\.a\.fallbacks\.contentPolicy\.0: "a" is this model itself/,
  ],
  [
    'a fallback for all models that does not exist',
    { models: { a: 'openai/a' }, requests: { fallbacks: ['aa'] } },
    /requests\.fallbacks\.0: "aa" is not a model; allowed: a\. Did you mean "a"\?/,
  ],
  [
    'a list for an unknown kind of failure',
    { models: { a: { targets: ['openai/a'], fallbacks: { contextwindow: [] } } } },
    /"contextwindow" is not a key here; allowed: any, contextWindow, contentPolicy\. Did you mean "contextWindow"\?/,
  ],
])('%s is rejected', (_title, config, message) => expect(() => configFrom({ providers, ...config })).toThrow(message))

test('one model can be in several lists, and in the list for all models as well', () => {
  const fallbacks = { any: ['b'], contextWindow: ['b'], contentPolicy: ['b'] }
  const models = { a: { targets: ['openai/a'], fallbacks }, b: 'openai/b' }
  expect(() => configFrom({ providers, models, requests: { fallbacks } })).not.toThrow()
})

test('a wildcard model with a full target can have an alias, and a route can lead to a name that a wildcard matches', () => {
  const models = { 'gpt-*': { targets: ['openai/gpt-5'], aliases: ['best'] }, 'o*': 'openai/o*' }
  expect(() => configFrom({ providers, models, routes: { '/v1/x': 'o3' } })).not.toThrow()
})
