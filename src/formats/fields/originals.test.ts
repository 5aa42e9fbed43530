import { expect, test } from 'bun:test'
import { originalOf, withOriginal } from './originals.ts'

test('the original belongs to the object, not to an equal one', () => {
  const value = withOriginal({ type: 'string' }, { type: 'STRING' })
  expect(originalOf(value)).toEqual({ type: 'STRING' })
  expect(originalOf({ ...value })).toBeUndefined()
})
