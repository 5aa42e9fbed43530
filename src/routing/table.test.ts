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

describe('a name is found', () => {
  test.each<[string, string, string, string | undefined]>([
    ['by itself before any wildcard', 'gpt-4o', 'gpt-4o', undefined],
    ['by its alias', 'omni', 'gpt-4o', undefined],
    ['by its alias before any wildcard', 'gpt-4-omni', 'gpt-4o', undefined],
    ['by the alias of a wildcard', 'four', 'gpt-4*', undefined],
    ['by the longest text before the star', 'gpt-4-turbo', 'gpt-4*', '-turbo'],
    ['by the longest text after the star among equals', 'gpt-5-mini', 'gpt-*-mini', '5'],
    ['by a shorter one else', 'gpt-5', 'gpt-*', '5'],
    ['where the star matches nothing', 'gpt-4', 'gpt-4*', ''],
    ['where head and tail would overlap by another', 'gpt--mini', 'gpt-*-mini', ''],
    ['by a tail alone', 'o1-preview', '*-preview', 'o1'],
    ['with slashes in what the star matched', 'meta-llama/Llama-3', '*', 'meta-llama/Llama-3'],
    ['in its own case only', 'GPT-4o', '*', 'GPT-4o'],
    ['though it is called like a built-in', 'constructor', '*', 'constructor'],
  ])('%s: %s', (_title, name, model, matched) => {
    const found = table.find(name)
    expect([found?.model.name, found?.matched]).toEqual([model, matched])
  })

  test('or not at all', () => {
    const bare = snapshotFrom({ providers: { openai: { apiKey: 'x' } }, models: { 'a*b': 'openai/*' } }).table
    expect(['', 'a', 'b', 'ba', 'abc', '__proto__'].map((name) => bare.find(name))).toEqual(Array(6).fill(undefined))
    expect(bare.find('ab')?.matched).toBe('')
    const overlapping = snapshotFrom({ providers: { openai: { apiKey: 'x' } }, models: { 'ab*ba': 'openai/*' } }).table
    expect(['aba', 'abba', 'ab'].map((name) => overlapping.find(name)?.matched)).toEqual([undefined, '', undefined])
  })
})

const model = (name: string, aliases: string[]) => ({ ...table.find('gpt-4o')!.model, name, aliases }) satisfies Model

test('a name of its own counts more than the same word as an alias, in any order', () => {
  for (const models of [
    [model('a', []), model('b', ['a'])],
    [model('b', ['a']), model('a', [])],
  ])
    expect(new RoutingTable(models, []).find('a')?.model.name).toBe('a')
})

test('names that can be asked for are listed, wildcards are not', () =>
  expect(table.names().toSorted()).toEqual(['four', 'gpt-4-omni', 'gpt-4o', 'omni']))

test('routes are found by their prefix, and the open one is always there', () => {
  expect(['', '/v1/omni', '/ab', '/v1', '/nowhere'].map((path) => table.route(path)?.type)).toEqual([
    'open',
    'model',
    'split',
    undefined,
    undefined,
  ])
})

test.each([
  ['nothing that climbs up a path', '..'],
  ['no new line', 'a\r\nx-evil: 1'],
  ['no NUL', '\0'],
  ['no half of a character', '\ud800'],
  ['nothing without end', 'a'.repeat(501)],
])('a star matches %s', (_title, matched) => {
  const open = new RoutingTable([model('any/*', [])], [])
  expect(open.find(`any/${matched}`)).toBeUndefined()
  expect(open.find('any/org/a.b..c:latest é')?.matched).toBe('org/a.b..c:latest é')
})
