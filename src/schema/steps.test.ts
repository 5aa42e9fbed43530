import { describe, expect, test } from 'bun:test'
import { atOnce, eachInStep, inSlices, type Steps } from './steps.ts'

function* counted(log: string[], count: number): Steps<number> {
  for (let at = 1; at <= count; at++) {
    log.push(`step ${at}`)
    yield
  }
  return count
}

test('at once, all steps are done in one turn', () => {
  const log: string[] = []
  expect(atOnce(counted(log, 3))).toBe(3)
  expect(log).toEqual(['step 1', 'step 2', 'step 3'])
})

describe('in slices', () => {
  test('other work is done when a slice of 4 ms is over', async () => {
    const log: string[] = []
    let nowMs = 0
    setImmediate(() => void log.push('other work'))
    expect(await inSlices(counted(log, 7), () => (nowMs += 1))).toBe(7)
    expect(log.indexOf('other work')).toBe(4)
    expect(log.filter((entry) => entry.startsWith('step'))).toHaveLength(7)
  })

  test('short work is done in one turn', async () => {
    const log: string[] = []
    const work = inSlices(counted(log, 100), () => 0)
    expect(log).toHaveLength(100)
    expect(await work).toBe(100)
  })

  test('an error of a step rejects', async () => {
    const failing = inSlices(
      (function* (): Steps<void> {
        yield
        throw new Error('bad')
      })(),
    )
    await expect(failing).rejects.toThrow('bad')
  })
})

test('each item of a list is a step', () => {
  const steps = eachInStep(['a', 'b'], (text) => text.toUpperCase())
  expect([steps.next().done, steps.next().done, steps.next()]).toEqual([
    false,
    false,
    { done: true, value: ['A', 'B'] },
  ])
})
