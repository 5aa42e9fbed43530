import { expect, test } from 'bun:test'
import { planLoad } from './plan.ts'

const URL = 'http://127.0.0.1:8080/v1'

test.each([
  ['no flags', {}, { shape: { concurrency: 16 }, durationMs: 10_000, isStream: false }],
  ['a rate', { rate: '2.5', duration: '2m' }, { shape: { rate: 2.5 }, durationMs: 120_000 }],
  ['a number of requests', { concurrency: '3', requests: '7' }, { shape: { concurrency: 3 }, requests: 7 }],
  ['a stream', { stream: true, warmup: '1s', timeout: '500ms' }, { isStream: true, warmupMs: 1000, timeoutMs: 500 }],
])('%s: the load has the right shape and duration', (_title, flags, expected) => {
  expect(planLoad(URL, flags)).toMatchObject(expected)
})

test('a number of requests without a duration runs until they are done', () => {
  expect(planLoad(URL, { requests: '7' })).not.toHaveProperty('durationMs')
})

test.each([
  ['both shapes', { rate: '1', concurrency: '1' }, 'use only one of them'],
  ['a rate of zero', { rate: '0' }, '--rate takes requests per second'],
  ['a rate that is not a number', { rate: 'fast' }, '--rate takes requests per second, such as 100, not "fast"'],
  ['half a client', { concurrency: '1.5' }, '--concurrency takes a whole number'],
  ['zero requests', { requests: '0' }, '--requests takes a whole number of at least 1'],
  ['a duration without a unit', { duration: '10' }, '--duration takes a duration with a unit'],
  ['a header without a colon', { header: ['x'] }, '--header takes \'name: value\', not "x"'],
])('%s is rejected with the reason', (_title, flags, reason) => {
  expect(() => planLoad(URL, flags)).toThrow(reason)
})
