import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { chooseArm, type Split } from './split.ts'
import { runs } from '../../test/runs.ts'

const KEYS = Array.from({ length: 20_000 }, (_, index) => `user-${index}`)

const splitOf = (weights: Readonly<Record<string, number>>, salt = ''): Split => ({
  name: '/v1/ab-test',
  arms: Object.entries(weights).map(([model, weight]) => ({ model, weight })),
  sticky: { type: 'user' },
  salt,
})

const armsOf = (split: Split, keys: readonly string[]) => keys.map((key) => chooseArm(split, key).model)

/** The moves between two splits, as `from>to`. */
function moves(before: Split, after: Split, keys: readonly string[]): Set<string> {
  const then = armsOf(after, keys)
  return new Set(armsOf(before, keys).flatMap((arm, index) => (arm === then[index] ? [] : [`${arm}>${then[index]}`])))
}

function shares(split: Split): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const arm of armsOf(split, KEYS)) counts[arm] = (counts[arm] ?? 0) + 100 / KEYS.length
  return counts
}

describe('20,000 keys are distributed in proportion to the weights, within 1.5 points', () => {
  test.each<[Record<string, number>]>([
    [{ a: 70, b: 30 }],
    [{ a: 0.7, b: 0.3 }],
    [{ a: 1, b: 1, c: 1, d: 1 }],
    [{ a: 98, b: 1, c: 1 }],
    [{ a: 50, b: 0, c: 50 }],
    [{ a: 1 }],
  ])('%j', (weights) => {
    const total = Object.values(weights).reduce((sum, weight) => sum + weight)
    const actual = shares(splitOf(weights))
    for (const [arm, weight] of Object.entries(weights))
      if (weight === 0) expect(actual[arm]).toBeUndefined()
      else expect(Math.abs(actual[arm]! - (100 * weight) / total)).toBeLessThan(1.5)
  })
})

describe('a change moves as few keys as possible', () => {
  test.each<[string, Record<string, number>, Record<string, number>, string[]]>([
    ['raising an arm moves keys only into it', { a: 70, b: 20, c: 10 }, { a: 70, b: 40, c: 10 }, ['a>b', 'c>b']],
    ['lowering an arm moves keys only out of it', { a: 70, b: 20, c: 10 }, { a: 35, b: 20, c: 10 }, ['a>b', 'a>c']],
    ['adding an arm moves keys only into it', { a: 70, b: 30 }, { a: 70, b: 30, c: 25 }, ['a>c', 'b>c']],
    ['an arm set to 0 moves keys only out of it', { a: 70, b: 20, c: 10 }, { a: 70, b: 20, c: 0 }, ['c>a', 'c>b']],
    ['the order of the arms moves no key', { a: 70, b: 30 }, { b: 30, a: 70 }, []],
    ['other weights in the same proportion move no key', { a: 70, b: 30 }, { a: 7, b: 3 }, []],
  ])('%s', (_title, before, after, expected) =>
    expect([...moves(splitOf(before), splitOf(after), KEYS)].toSorted()).toEqual(expected),
  )

  test('for any weights', () => {
    const keys = KEYS.slice(0, 300)
    const weight = fc.double({ min: 0, max: 1e6, noNaN: true })
    fc.assert(
      fc.property(fc.tuple(weight, weight, weight), weight, fc.string(), ([a, b, c], other, salt) => {
        const [low, high] = [Math.min(c, other), Math.max(c, other)]
        const [less, more] = [splitOf({ a: a + 1, b, c: low }, salt), splitOf({ a: a + 1, b, c: high }, salt)]
        for (const move of moves(less, more, keys)) expect(move).toEndWith('>c')
        for (const move of moves(more, less, keys)) expect(move).toStartWith('c>')
      }),
      runs(),
    )
  })
})

test('another salt, or another split, reassigns all keys', () => {
  const split = splitOf({ a: 50, b: 50 })
  const moved = (other: Split) => {
    const then = armsOf(other, KEYS)
    return armsOf(split, KEYS).filter((arm, index) => arm !== then[index]).length / KEYS.length
  }
  expect(moved({ ...split, salt: 'two' })).toBeCloseTo(0.5, 1)
  expect(moved({ ...split, name: '/v1/other' })).toBeCloseTo(0.5, 1)
})

test('the same key always gets the same arm', () => {
  const split = splitOf({ a: 1, b: 2, c: 0 })
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (key) => {
      const { model } = chooseArm(split, key)
      expect(['a', 'b']).toContain(model)
      expect(chooseArm(split, key).model).toBe(model)
    }),
    runs(),
  )
})
