import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { type Edit, insertMember, splice } from './splice.ts'
import { runs } from '../../../test/runs.ts'

const encode = (text: string) => new TextEncoder().encode(text)
const decode = (bytes: Uint8Array) => new TextDecoder().decode(bytes)

test.each([
  ['no edits', [], '{"model":"a","n":1}'],
  ['one value', [{ start: 9, end: 12, text: '"much longer é"' }], '{"model":"much longer é","n":1}'],
  ['a value given as bytes', [{ start: 9, end: 12, text: encode('"b"') }], '{"model":"b","n":1}'],
  ['a removal', [{ start: 12, end: 18, text: '' }], '{"model":"a"}'],
  [
    'insertions at one place, in order',
    [
      { start: 1, end: 1, text: '1' },
      { start: 1, end: 1, text: '2' },
    ],
    '{12"model":"a","n":1}',
  ],
  [
    'adjacent edits',
    [
      { start: 0, end: 9, text: '<' },
      { start: 9, end: 12, text: '>' },
    ],
    '<>,"n":1}',
  ],
  ['the end', [{ start: 19, end: 19, text: '\n' }], '{"model":"a","n":1}\n'],
])('splicing %s', (_name, edits, expected) => {
  expect(decode(splice(encode('{"model":"a","n":1}'), edits))).toBe(expected)
})

test.each([
  [
    'out of order',
    [
      { start: 4, end: 5, text: '' },
      { start: 1, end: 2, text: '' },
    ],
  ],
  [
    'overlapping',
    [
      { start: 1, end: 3, text: '' },
      { start: 2, end: 4, text: '' },
    ],
  ],
  ['backwards', [{ start: 3, end: 2, text: '' }]],
  ['beyond the end', [{ start: 1, end: 11, text: '' }]],
  ['before the start', [{ start: -1, end: 2, text: '' }]],
  ['not a number', [{ start: Number.NaN, end: 2, text: '' }]],
])('edits that are %s are rejected', (_name, edits) => {
  expect(() => splice(new Uint8Array(10), edits)).toThrow(RangeError)
})

test('every byte outside the edits is unchanged', () => {
  const part = fc.tuple(fc.uint8Array(), fc.uint8Array(), fc.oneof(fc.string({ unit: 'grapheme' }), fc.uint8Array()))
  fc.assert(
    fc.property(fc.array(part), fc.uint8Array(), (parts, rest) => {
      const edits: Edit[] = []
      let length = 0
      for (const [kept, replaced, text] of parts) {
        const start = length + kept.length
        length = start + replaced.length
        edits.push({ start, end: length, text })
      }
      const before = Buffer.concat([...parts.flatMap(([kept, replaced]) => [kept, replaced]), rest])
      const after = Buffer.concat([...parts.flatMap(([kept, , text]) => [kept, Buffer.from(text as string)]), rest])
      expect(Buffer.compare(splice(before, edits), after)).toBe(0)
    }),
    runs(),
  )
})

test.each([
  ['{}', '{"new":1}'],
  [' { \n} ', ' {"new":1 \n} '],
  ['{"a":2}', '{"new":1,"a":2}'],
  ['\n{\n  "a": 2\n}', '\n{"new":1,\n  "a": 2\n}'],
])('adding a member to %j gives %j', (before, after) => {
  const bytes = encode(before)
  expect(decode(splice(bytes, [insertMember(bytes, 'new', '1')]))).toBe(after)
})

test('the name of a new member is escaped, and only an object accepts one', () => {
  const bytes = encode('{}')
  expect(decode(splice(bytes, [insertMember(bytes, 'a"\n', 'null')]))).toBe('{"a\\"\\n":null}')
  expect(() => insertMember(encode('[]'), 'a', '1')).toThrow("Expected an object but found '[' at byte 0")
})
