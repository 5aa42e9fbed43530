import { expect, test } from 'bun:test'
import { readBoolean, readNumber, readString } from './read.ts'
import { JsonScanError, scanObject } from './scan.ts'

const bytesOf = (value: string) => new TextEncoder().encode(`{ "x" : ${value} }`)
const read = <T>(
  reader: (bytes: Uint8Array, member: ReturnType<typeof scanObject>[number]) => T,
  value: string | Uint8Array,
) => {
  const bytes = typeof value === 'string' ? bytesOf(value) : value
  return reader(bytes, scanObject(bytes, 8)[0]!)
}

test.each([
  '""',
  '"gpt-4o"',
  '"a\\u00e9\\n\\"/"',
  '"é😀"',
  '"\\ud800"',
  JSON.stringify('long "é" '.repeat(100)),
  '"\ufeffx"',
])('the string %s is read as by JSON.parse', (value) => expect(read(readString, value)).toBe(JSON.parse(value)))

test.each(['0', '-0', '1', '256', '-1.5', '0.1', '1e3', '2E-7', '123456789012345678901234567890', '1e999'])(
  'the number %s is read as by JSON.parse',
  (value) => expect(read(readNumber, value)).toBe(JSON.parse(value)),
)

test.each(['true', 'false'])('the boolean %s is read as by JSON.parse', (value) =>
  expect(read(readBoolean, value)).toBe(JSON.parse(value)),
)

test.each([
  ['a control character', `"${'x'.repeat(100)}\n"`, 'syntax'],
  ['an invalid escape', `"${'x'.repeat(100)}\\x"`, 'syntax'],
])('%s that the scan skipped is detected when the string is read', (_name, value, reason) => {
  expect(() => read(readString, value)).toThrow(JsonScanError)
  expect(() => read(readString, value)).toThrow(expect.objectContaining({ reason }))
})

test('bytes that are not UTF-8 are an error, not a replacement character', () => {
  const bytes = bytesOf('"a?b"')
  bytes[bytes.indexOf(0x3f)] = 0xff
  expect(() => read(readString, bytes)).toThrow(expect.objectContaining({ reason: 'not_utf8' }))
})

test('reading a member as another type throws a TypeError', () => {
  expect(() => read(readString, '1')).toThrow(TypeError)
  expect(() => read(readNumber, '"1"')).toThrow(TypeError)
  expect(() => read(readBoolean, 'null')).toThrow(TypeError)
})
