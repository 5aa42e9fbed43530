import { describe, expect, test } from 'bun:test'
import { snapshotFrom } from '../../test/parts.ts'
import { type Model, RoutingTable } from './table.ts'

const { table } = snapshotFrom({
  providers: { openai: { apiKey: 'x' } },
  models: {
    '*': 'openai/*',
    'gpt-*': 'openai/gpt-*',
    'gpt-*-mini': 'openai/small-*',
    'gpt-4*': { targets: ['openai/gpt-4o'], aliases: ['four'] },
    '*-preview': 'openai/*',
    'gpt-4o': { targets: ['openai/gpt-4o'], aliases: ['omni', 'gpt-4-omni'] },
  },
  routes: { '/v1/omni': 'omni', '/ab': { split: { 'gpt-4o': 1, four: 1 } } },
})

describe('a model is found', () => {
  test.each<[string, string, string, string | undefined]>([
    ['by its name before any wildcard', 'gpt-4o', 'gpt-4o', undefined],
    ['by its alias', 'omni', 'gpt-4o', undefined],
    ['by its alias before any wildcard', 'gpt-4-omni', 'gpt-4o', undefined],
    ['by the alias of a wildcard', 'four', 'gpt-4*', undefined],
    ['by the longest text before the star', 'gpt-4-turbo', 'gpt-4*', '-turbo'],
    ['by the longest text after the star among equals', 'gpt-5-mini', 'gpt-*-mini', '5'],
    ['otherwise by a shorter wildcard', 'gpt-5', 'gpt-*', '5'],
    ['where the star matches nothing', 'gpt-4', 'gpt-4*', ''],
    ['by another wildcard if prefix and suffix would overlap', 'gpt--mini', 'gpt-*-mini', ''],
    ['by a suffix alone', 'o1-preview', '*-preview', 'o1'],
    ['with slashes in the matched text', 'meta-llama/Llama-3', '*', 'meta-llama/Llama-3'],
    ['case-sensitively', 'GPT-4o', '*', 'GPT-4o'],
    ['although it is named like a built-in property', 'constructor', '*', 'constructor'],
  ])('%s: %s', (_title, name, model, matched) => {
    const found = table.find(name)
    expect([found?.model.name, found?.matched]).toEqual([model, matched])
  })

  test('or undefined', () => {
    const bare = snapshotFrom({ providers: { openai: { apiKey: 'x' } }, models: { 'a*b': 'openai/*' } }).table
    expect(['', 'a', 'b', 'ba', 'abc', '__proto__'].map((name) => bare.find(name))).toEqual(Array(6).fill(undefined))
    expect(bare.find('ab')?.matched).toBe('')
    const overlapping = snapshotFrom({ providers: { openai: { apiKey: 'x' } }, models: { 'ab*ba': 'openai/*' } }).table
    expect(['aba', 'abba', 'ab'].map((name) => overlapping.find(name)?.matched)).toEqual([undefined, '', undefined])
  })
})

const model = (name: string, aliases: string[]) => ({ ...table.find('gpt-4o')!.model, name, aliases }) satisfies Model

test('a model name wins over an equal alias, in any order', () => {
  for (const models of [
    [model('a', []), model('b', ['a'])],
    [model('b', ['a']), model('a', [])],
  ])
    expect(new RoutingTable(models, []).find('a')?.model.name).toBe('a')
})

test('names that clients can request are listed, wildcards are not', () =>
  expect(table.names().toSorted()).toEqual(['four', 'gpt-4-omni', 'gpt-4o', 'omni']))

test('routes are found by their prefix, and the open route always exists', () => {
  expect(['', '/v1/omni', '/ab', '/v1', '/nowhere'].map((path) => table.route(path)?.type)).toEqual([
    'open',
    'model',
    'split',
    undefined,
    undefined,
  ])
})

test.each([
  ['a relative path part', '..'],
  ['a line break', 'a\r\nx-evil: 1'],
  ['NUL', '\0'],
  ['a lone surrogate', '\ud800'],
  ['more than 500 characters', 'a'.repeat(501)],
])('a star does not match %s', (_title, matched) => {
  const open = new RoutingTable([model('any/*', [])], [])
  expect(open.find(`any/${matched}`)).toBeUndefined()
  expect(open.find('any/org/a.b..c:latest é')?.matched).toBe('org/a.b..c:latest é')
})
