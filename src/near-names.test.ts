import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { editDistance } from './edit-distance.ts'
import { nearNames } from './near-names.ts'
import { growth, LINEAR } from '../test/growth.ts'
import { runs } from '../test/runs.ts'

test.each([
  ['', '', 0],
  ['gpt', 'gpt', 0],
  ['gpt', '', 3],
  ['gpt', 'gpd', 1],
  ['gpt', 'gptt', 1],
  ['gpt', 'gt', 1],
  ['gpt', 'gtp', 1],
  ['ca', 'abc', 3], // no letter is edited twice
  ['kitten', 'sitting', 3],
])('the edit distance from %p to %p is %d', (from, to, steps) => expect(editDistance(from, to)).toBe(steps))

test('the distance is a metric: symmetric, zero only for equal texts, bounded by their lengths', () => {
  const word = fc.string({ unit: fc.constantFrom('a', 'b', 'c'), maxLength: 8 })
  fc.assert(
    fc.property(word, word, (a, b) => {
      const distance = editDistance(a, b)
      expect(distance).toBe(editDistance(b, a))
      expect(distance === 0).toBe(a === b)
      expect(distance).toBeGreaterThanOrEqual(Math.abs(a.length - b.length))
      expect(distance).toBeLessThanOrEqual(Math.max(a.length, b.length))
    }),
    runs(),
  )
})

describe('the names closest to a mistyped one', () => {
  const names = ['gpt-4o', 'gpt-4o-mini', 'claude-sonnet', 'llama-3-8b', 'o1']
  test.each([
    ['gpt-4', ['gpt-4o', 'gpt-4o-mini']],
    ['gtp-4o', ['gpt-4o']],
    ['GPT-4O', ['gpt-4o', 'gpt-4o-mini']],
    ['gpt-4o-mini-2024-07-18', ['gpt-4o', 'gpt-4o-mini']],
    ['claude-sonet', ['claude-sonnet']],
    ['llama-3-70b', ['llama-3-8b']],
    ['zebra', []],
    ['x'.repeat(100_000), []],
  ])('for %.30s: %j', (wanted, expected) => expect(nearNames(wanted, names)).toEqual(expected))

  test.each([
    ['provider-model-77-instrcut', 'provider-model-77-instruct'],
    ['qrovider-model-1234-instruct', 'provider-model-1234-instruct'],
    ['PROVIDER-MODEL-1999', 'provider-model-1999-instruct'],
  ])('of thousands, for %s: %s', (wanted, expected) => {
    const many = Array.from({ length: 5000 }, (_, at) => `provider-model-${at}-instruct`)
    expect(nearNames(wanted, many)[0]).toBe(expected)
  })

  test('take no longer for ten times as many names than ten times as long', () => {
    const wanted = `x${'m'.repeat(95)}`
    const names = (count: number) => Array.from({ length: count }, (_, at) => `${'m'.repeat(90)}-${at}`)
    expect(growth(2000, names, (many) => nearNames(wanted, many))).toBeLessThan(LINEAR)
  })

  test('are limited to the requested number', () => {
    expect(nearNames('a', ['a1', 'a2', 'a3', 'a4'])).toEqual(['a1', 'a2', 'a3'])
    expect(nearNames('a', ['a1', 'a2'], 1)).toEqual(['a1'])
    expect(nearNames('a', [])).toEqual([])
  })
})
