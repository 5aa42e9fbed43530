import { describe, expect, test } from 'bun:test'
import { expectedWorkMs, PeakEwma } from './peak-ewma.ts'

describe('the average', () => {
  test.each<[string, [sample: number, atMs: number][], readAtMs: number, number | undefined]>([
    ['is unknown without a sample', [], 0, undefined],
    ['is the first sample', [[5, 0]], 0, 5],
    [
      'rises at once',
      [
        [5, 0],
        [8, 0],
      ],
      0,
      8,
    ],
    [
      'falls by a tenth of the distance',
      [
        [5, 0],
        [3, 0],
      ],
      0,
      4.8,
    ],
    ['halves in ten seconds', [[8, 0]], 10_000, 4],
    ['halves again in ten more', [[8, 0]], 20_000, 2],
    [
      'a sample above the decayed value replaces it',
      [
        [8, 0],
        [5, 10_000],
      ],
      10_000,
      5,
    ],
    [
      'a sample below the decayed value pulls it down',
      [
        [8, 0],
        [3, 10_000],
      ],
      10_000,
      3.9,
    ],
    ['does not grow if it is read with an earlier time', [[8, 1000]], 500, 8],
  ])('%s', (_title, samples, readAtMs, expected) => {
    const average = new PeakEwma()
    for (const [sample, atMs] of samples) average.observe(sample, atMs)
    const value = average.at(readAtMs)
    if (expected === undefined) expect(value).toBeUndefined()
    else expect(value).toBeCloseTo(expected, 10)
  })

  test('takes alpha and half-life as arguments', () => {
    const average = new PeakEwma(0.5, 1000)
    average.observe(4, 0)
    average.observe(2, 0)
    expect([average.at(0), average.at(1000)]).toEqual([3, 1.5])
  })
})

test.each([
  [0, 0, 100],
  [1000, 0, 110],
  [0, 10, 250],
  [100_000, 100, 2600],
])('%d prompt and %d output tokens are %d ms of work', (prompt, output, ms) =>
  expect(expectedWorkMs(prompt, output)).toBe(ms),
)
