import { describe, expect, test } from 'bun:test'
import { ModelHealth } from './model-health.ts'

const create = () => new ModelHealth(() => 0.5)
const unknown = { retryAfterMs: undefined, isOutOfQuota: false }
const after = (retryAfterMs: number) => ({ retryAfterMs, isOutOfQuota: false })

describe('how long a model gets no calls', () => {
  test.each<[string, (model: ModelHealth) => void, untilMs: number]>([
    ['for the time in retry-after', (model) => model.backpressure(after(7000), 0), 7000],
    ['ten minutes if retry-after is a day', (model) => model.backpressure(after(86_400_000), 0), 600_000],
    ['a second without retry-after', (model) => model.backpressure(unknown, 0), 1000],
    [
      'a minute if the quota is used up, whatever retry-after is',
      (model) => model.backpressure({ retryAfterMs: 1000, isOutOfQuota: true }, 0),
      60_000,
    ],
    ['a minute if it is misconfigured', (model) => model.misconfigured(0), 60_000],
    [
      'not longer for calls that were sent together',
      (model) => {
        for (let call = 0; call < 50; call++) model.backpressure(unknown, call)
      },
      1000,
    ],
    [
      'until the latest of several retry-after times',
      (model) => {
        model.backpressure(after(7000), 0)
        model.backpressure(after(1000), 10)
        model.backpressure(after(8000), 20)
      },
      8020,
    ],
  ])('%s', (_title, scenario, untilMs) => {
    const model = create()
    scenario(model)
    expect(model.untilMs).toBe(untilMs)
    expect([model.state(untilMs - 1) !== undefined, model.state(untilMs)]).toEqual([true, undefined])
  })
})

/** The lengths of consecutive guesses. */
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

test('guesses double up to 30 s', () => expect(guesses(7)).toEqual([1000, 2000, 4000, 8000, 16_000, 30_000, 30_000]))

test('a success makes the next guess short again', () =>
  expect(guesses(3, (model, nowMs) => model.succeeded(nowMs, nowMs))).toEqual([1000, 1000, 1000]))

test('a success of a call sent before does not end the back-off', () => {
  const model = create()
  model.backpressure(after(5000), 100)
  model.succeeded(0, 200)
  expect(model.state(200)).toBe('backing-off')
})

test.each([
  [0, 'misconfigured'],
  [150, undefined],
] as const)('misconfigured at 100: after a success of a call sent at %d the state is %p', (startedMs, expected) => {
  const model = create()
  model.misconfigured(100)
  model.succeeded(startedMs, 200)
  expect(model.state(200)).toBe(expected)
})

test('misconfigured does not shorten a back-off', () => {
  const model = create()
  model.backpressure(after(300_000), 0)
  model.misconfigured(1)
  expect([model.state(1), model.untilMs]).toEqual(['backing-off', 300_000])
})
