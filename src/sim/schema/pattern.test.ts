import { expect, test } from 'bun:test'
import { createRandom } from '../engine/random.ts'
import { patternText } from './pattern.ts'

test.each([
  '^[A-Z]{3}-\\d{4}$',
  '^(cat|dog)s?$',
  '[a-f0-9]+',
  '^\\+?[1-9]\\d{1,14}$',
  '^(?:\\w+\\.)*\\w+@[a-z]+\\.(com|org)$',
  '^#(?<hex>[0-9A-Fa-f]{6})$',
  '^[^\\s,]{2,}$',
  '^\\u0041\\x42\\.\\/$',
  '^[\\w.-]+?$',
  '^\\bword\\b$',
  '',
  '^🌊{2}$',
])('texts for %s match it', (pattern) => {
  const make = patternText(pattern, createRandom(3))
  const texts = Array.from({ length: 50 }, make)
  expect(texts.every((text) => new RegExp(pattern, 'u').test(text))).toBe(true)
})

test.each(['(', '(?=a)b', '(a)\\1', '\\p{L}', '[z-a]'])('%s is rejected', (pattern) => {
  expect(() => patternText(pattern, createRandom(1))()).toThrow(/pattern|regular/)
})
