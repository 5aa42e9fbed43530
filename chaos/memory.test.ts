import { expect, test } from 'bun:test'
import { memoryChange } from './memory.ts'

const rising = (count: number) => Array.from({ length: count }, (_, at) => ({ supervisorMb: at, workersMb: 2 * at }))

test('the tenth after the warm-up is compared with the last tenth, by medians', () => {
  expect(memoryChange(rising(100))).toEqual({
    before: { supervisorMb: 25, workersMb: 50 },
    after: { supervisorMb: 95, workersMb: 190 },
  })
})

test('too few samples give no result', () => {
  expect(memoryChange(rising(29))).toBeUndefined()
})
