import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { removeMembers, renameMember } from './edit-members.ts'
import { scanObject } from './scan.ts'
import { splice } from './splice.ts'
import { runs } from '../../../test/runs.ts'

test('a renamed member keeps its value and its place', () => {
  const bytes = Buffer.from('{"a": 1, "max" : 5 , "c": 3}')
  const [, member] = scanObject(bytes, 5)
  expect(Buffer.from(splice(bytes, [renameMember(member!, 'cap')])).toString()).toBe('{"a": 1, "cap":5 , "c": 3}')
})

test('after removing any members, the others stay and the result is a valid object', () => {
  const object = fc.dictionary(fc.string(), fc.jsonValue(), { maxKeys: 8 }).filter((o) => !('__proto__' in o))
  fc.assert(
    fc.property(object, fc.nat(255), fc.constantFrom(0, 2), (value, mask, indent) => {
      const bytes = Buffer.from(JSON.stringify(value, null, indent))
      const members = scanObject(bytes, 100)
      const removed = new Set(members.filter((_, index) => mask & (1 << index)))
      const left = JSON.parse(Buffer.from(splice(bytes, removeMembers(members, removed))).toString())
      const expected = JSON.parse(JSON.stringify(value))
      for (const { key } of removed) delete expected[key]
      expect(left).toEqual(expected)
    }),
    runs(),
  )
})
