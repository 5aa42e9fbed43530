import { describe, expect, test } from 'bun:test'
import { ModelHealth } from './model-health.ts'

const create = () => new ModelHealth(() => 0.5)
const unknown = { retryAfterMs: undefined, isOutOfQuota: false }
const after = (retryAfterMs: number) => ({ retryAfterMs, isOutOfQuota: false })

describe('how long a model is left alone', () => {
  test.each<[string, (model: ModelHealth) => void, untilMs: number]>([
    ['as long as the upstream says', (model) => model.backpressure(after(7000), 0), 7000],
    ['ten minutes when it says a day', (model) => model.backpressure(after(86_400_000), 0), 600_000],
    ['a second when it says nothing', (model) => model.backpressure(unknown, 0), 1000],
    [
      'a minute when the quota is used up, whatever it says',
      (model) => model.backpressure({ retryAfterMs: 1000, isOutOfQuota: true }, 0),
      60_000,
    ],
    ['a minute when it is misconfigured', (model) => model.misconfigured(0), 60_000],
    [
      'not longer for calls that were sent together',
      (model) => {
        for (let call = 0; call < 50; call++) model.backpressure(unknown, call)
      },
      1000,
    ],
    [
      'the longest of what it says meanwhile',
      (model) => {
        model.backpressure(after(7000), 0)
        model.backpressure(after(1000), 10)
        model.backpressure(after(8000), 20)
      },
      8020,
    ],
  ])('%s', (_title, story, untilMs) => {
    const model = create()
    story(model)
    expect(model.untilMs).toBe(untilMs)
    expect([model.state(untilMs - 1) !== undefined, model.state(untilMs)]).toEqual([true, undefined])
  })
})

/** Lengths of guesses, one after the other has ended. */
function guesses(count: number, between: (model: ModelHealth, nowMs: number) => void = () => {}): number[] {
  const model = create()
  let nowMs = 0
  return Array.from({ length: count }, () => {
    model.backpressure(unknown, nowMs)
    const length = model.untilMs! - nowMs
    nowMs += length
    between(model, nowMs)
    return length
  })
}

test('guesses double up to half a minute', () =>
  expect(guesses(7)).toEqual([1000, 2000, 4000, 8000, 16_000, 30_000, 30_000]))

test('an answer makes the next guess short again', () =>
  expect(guesses(3, (model, nowMs) => model.succeeded(nowMs, nowMs))).toEqual([1000, 1000, 1000]))

test('an answer to a call sent before does not end the time that was named', () => {
  const model = create()
  model.backpressure(after(5000), 100)
  model.succeeded(0, 200)
  expect(model.state(200)).toBe('backing-off')
})

test.each([
  [0, 'misconfigured'],
  [150, undefined],
] as const)('a call sent at %d that succeeds leaves it %p, which was misconfigured at 100', (startedMs, expected) => {
  const model = create()
  model.misconfigured(100)
  model.succeeded(startedMs, 200)
  expect(model.state(200)).toBe(expected)
})

test('backing off is not shortened by being misconfigured', () => {
  const model = create()
  model.backpressure(after(300_000), 0)
  model.misconfigured(1)
  expect([model.state(1), model.untilMs]).toEqual(['backing-off', 300_000])
})
