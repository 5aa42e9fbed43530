import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { BackoffQueue } from './backoff-queue.ts'
import { runs } from '../../test/runs.ts'

test('at most 100 calls and 64 MB wait, and a call that leaves frees its share', () => {
  const body = fc.oneof(fc.nat(1000), fc.nat(70 * 1024 ** 2))
  fc.assert(
    fc.property(fc.array(fc.oneof(body, fc.constant('leave' as const)), { maxLength: 400 }), (steps) => {
      const queue = new BackoffQueue()
      const inside: number[] = []
      for (const step of steps) {
        if (step === 'leave') {
          const bytes = inside.pop()
          if (bytes !== undefined) queue.leave(bytes)
        } else if (queue.enter(step)) inside.push(step)
        else expect(inside.length === 100 || sum(inside) + step > 64 * 1024 ** 2).toBe(true)
        expect(inside.length).toBeLessThanOrEqual(100)
        expect(sum(inside)).toBeLessThanOrEqual(64 * 1024 ** 2)
      }
    }),
    runs(),
  )
})

const sum = (numbers: readonly number[]) => numbers.reduce((all, each) => all + each, 0)

test('the queue is full at 100 calls', () => {
  const queue = new BackoffQueue()
  expect(Array.from({ length: 101 }, () => queue.enter(1)).filter(Boolean)).toHaveLength(100)
})
